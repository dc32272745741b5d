const inner = async () => {
  await null;
  throw new Error('deep');
};
const outer = async () => {
  await inner();
};
await outer();
