Promise.reject(new Error('beside'));
throw new Error('ended');
