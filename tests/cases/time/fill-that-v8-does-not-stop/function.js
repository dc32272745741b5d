console.log('before');
console.error('the end');
Array.prototype.fill.call({length: 2 ** 53 - 1, set 0(_) {}}, 1, 2 ** 53 - 10 ** 12);
