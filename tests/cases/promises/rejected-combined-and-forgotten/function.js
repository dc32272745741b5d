Promise.all([Promise.reject(1), Promise.reject(2)]);
Promise.race([Promise.reject(3)]);
Promise.any([Promise.reject(4)]).catch((error) => { throw error.errors[0] + 1; });
return 'done';
