for (let i = 0; i < 20000; i++) Promise.reject(i);
return 'done';
