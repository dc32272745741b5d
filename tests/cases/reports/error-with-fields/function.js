class NotFound extends Error {
  constructor(message, fields) {
    super(message);
    this.name = 'NotFound';
    Object.assign(this, fields);
  }
}
throw new NotFound('no such extension', {
  status: 404, ext: '1002', missing: undefined, when: new Date(0), tags: new Set(['a']), at: NaN,
  find() {}, [Symbol('s')]: true, inner: new RangeError('deep'), list: [{a: {b: {c: 1}}}],
});
