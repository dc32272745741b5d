await Promise.any([
  Promise.reject(new TypeError('one')),
  Promise.reject('two'),
]);
