console.log('before');
console.error('the end');
return 'x'.repeat(2 ** 29 - 24).split('').length;
