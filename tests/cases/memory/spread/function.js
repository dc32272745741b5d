console.log('before');
console.error('the end');
return [...Array(1e9).keys()].length;
