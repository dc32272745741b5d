// In the place of `tinyrainbow`: reports add colours, not assertions.
export default new Proxy({}, { get: () => String });
