setTimeout(() => { throw new Error('alone'); }, 1);
return await new Promise((resolve) => setTimeout(resolve, 30, 'on'));
