console.log('before');
console.error('the end');
const storm = () => { Promise.resolve().then(storm); };
storm();
await new Promise(() => {});
