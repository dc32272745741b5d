using file = {
  [Symbol.dispose]() { throw new Error('close'); },
};
throw new Error('read');
