console.log('before');
console.error('the end');
return new ArrayBuffer(1 << 30).byteLength;
