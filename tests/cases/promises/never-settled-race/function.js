return Promise.race([]);
