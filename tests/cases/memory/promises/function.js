console.log('before');
console.error('the end');
const kept = [];
while (true) kept.push(new Promise(() => {}));
