// What is behind a proxy: the console shows that, and runs no trap. V8 does not say what a proxy is,
// so each one that is made is noted.
const OriginalProxy = Proxy;
const targets = new WeakMap();
const note = (proxy, target) => {
  weakMapSet(targets, proxy, target);
  return proxy;
};

const { revocable } = OriginalProxy;
defineProperty(OriginalProxy, 'revocable', {
  __proto__: null,
  value: {
    revocable(target, handler) {
      const made = revocable(target, handler);
      note(made.proxy, target);
      return made;
    },
  }.revocable,
  writable: true,
  configurable: true,
});
defineProperty(globalThis, 'Proxy', {
  __proto__: null,
  value: new OriginalProxy(OriginalProxy, {
    __proto__: null,
    construct: (target, values) => note(construct(target, values), values[0]),
  }),
  writable: true,
  configurable: true,
});

const PROXIES = 100; // behind each other
const behind = (value) => {
  for (let i = 0; i < PROXIES && weakMapHas(targets, value); i++) value = weakMapGet(targets, value);
  return value;
};
