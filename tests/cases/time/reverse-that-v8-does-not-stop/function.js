console.log('before');
console.error('the end');
Array.prototype.reverse.call({length: 2 ** 53 - 1});
