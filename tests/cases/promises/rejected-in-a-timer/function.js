setTimeout(async () => { throw 'in a timer'; }, 5);
setTimeout(() => Promise.reject('in another'), 10);
await new Promise((resolve) => setTimeout(resolve, 30));
return 'done';
