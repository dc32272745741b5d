const {meta} = context;
return [
  Object.keys(meta),
  Object.getPrototypeOf(meta) === Object.prototype,
  typeof {}.polluted,
];
