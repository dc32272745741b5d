console.log('before');
console.error('the end');
const kept = [];
while (true) kept.push('abcdefgh'.repeat(100000) + kept.length);
