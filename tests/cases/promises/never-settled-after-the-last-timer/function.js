setTimeout(() => {
  console.log('one');
  setTimeout(() => console.log('two'), 30);
}, 30);
await new Promise(() => {});
