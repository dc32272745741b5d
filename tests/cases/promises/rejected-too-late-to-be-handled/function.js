const promise = Promise.reject('not yet');
setTimeout(() => promise.catch(() => {}), 20000);
await new Promise((resolve) => setTimeout(resolve, 5));
return 'done';
