const work = Promise.reject(new RangeError('of the work'));
work.finally(() => {});
await work;
