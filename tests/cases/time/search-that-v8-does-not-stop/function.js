console.log('before');
console.error('the end');
Array.prototype.includes.call({length: 2 ** 53 - 1}, 1);
