const late = Promise.reject(1);
Promise.resolve().then(() => late.catch(() => {}));
return 'done';
