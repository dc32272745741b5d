Promise.reject("text");
Promise.reject({status: 404});
Promise.reject(undefined);
new Promise((resolve, reject) => reject(7));
Promise.resolve().then(() => { throw null; });
return 1;
