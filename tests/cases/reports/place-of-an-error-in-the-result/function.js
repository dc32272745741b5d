return {
  get a() { throw new Error('at function.js:99:7'); },
};
