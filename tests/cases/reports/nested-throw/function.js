function inner() {
  throw new RangeError('deep');
}
const outer = () => inner();
[1].map(outer);
