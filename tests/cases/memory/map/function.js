console.log('before');
console.error('the end');
const kept = new Map();
for (let i = 0; ; i++) kept.set(i, {});
