console.log('before');
console.error('the end');
Array.prototype.sort.call({length: 2 ** 53 - 1});
