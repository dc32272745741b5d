new Promise((resolve, reject) => { resolve(1); reject(2); resolve(3); });
await new Promise((resolve, reject) => { resolve(4); reject(5); });
return 'done';
