Promise.reject(1).then(() => 2).then(() => 3);
Promise.reject(4).catch((reason) => { throw reason + 1; });
Promise.resolve(6).finally(() => { throw 7; });
await null;
return 'done';
