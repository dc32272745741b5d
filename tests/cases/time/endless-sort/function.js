console.log('before');
console.error('the end');
const items = Array.from({length: 1000}, (_, i) => i);
while (true) items.sort((a, b) => (a * 7919) % 104729 - (b * 7919) % 104729);
