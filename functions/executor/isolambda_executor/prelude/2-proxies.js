// Finds the target of a proxy, which the console shows without running a trap. JavaScript cannot recognize a
// proxy, so note each one when it is made.
const OriginalProxy = Proxy;
// A private field on the proxy itself holds its target, which runs no trap.
class Itself {
  constructor(object) {
    return object;
  }
}
class Noted extends Itself {
  #target;

  constructor(proxy, target) {
    super(proxy);
    this.#target = target;
  }

  static has(object) {
    return #target in object;
  }

  static targetOf(proxy) {
    return proxy.#target;
  }
}
const isProxy = (value) =>
  ((typeof value === 'object' && value !== null) || typeof value === 'function') && Noted.has(value);

const { revocable } = OriginalProxy;
defineProperty(OriginalProxy, 'revocable', {
  __proto__: null,
  value: {
    revocable(target, handler) {
      const made = revocable(target, handler);
      new Noted(made.proxy, target);
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
    construct: (target, values) => new Noted(construct(target, values), values[0]),
  }),
  writable: true,
  configurable: true,
});

const PROXIES = 100; // nested
const behind = (value) => {
  for (let i = 0; i < PROXIES && isProxy(value); i++) value = Noted.targetOf(value);
  return value;
};
