console.log('before');
console.error('the end');
while (true) {}
