const {promise, resolve} = Promise.withResolvers();
setTimeout(resolve, 30, 'late');
return await promise;
