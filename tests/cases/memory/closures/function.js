console.log('before');
console.error('the end');
let last = null;
while (true) { const before = last; last = () => before; }
