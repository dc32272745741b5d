// Web IDL: what the classes of the platform look like. It is apart from `webidl.js`, of which a URL needs nothing else.
const { Map, TypeError, defineProperty, mapSet, ownKeys, toStringTag, toWellFormed } = need('primordials');

const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';

const toUSVString = (value) => toWellFormed(`${value}`);

// `where` is for example "Failed to execute 'get' on 'Headers'".
const requireArguments = (given, needed, where) => {
  if (given < needed) {
    throw new TypeError(`${where}: ${needed} argument${needed === 1 ? '' : 's'} required, but only ${given} present.`);
  }
};

const makeEnumerable = (holder, except) => {
  const keys = ownKeys(holder);
  for (let i = 0; i < keys.length; i++) {
    if (typeof keys[i] === 'string' && !(keys[i] in except)) {
      defineProperty(holder, keys[i], { __proto__: null, enumerable: true });
    }
  }
};
const NOT_MEMBERS = { __proto__: null, constructor: true };
const NOT_STATIC_MEMBERS = { __proto__: null, length: true, name: true, prototype: true };

// How instances of interfaces are cloned and transferred (`structured_clone.js`), by prototype; undefined: not at all.
const cloningOfPrototype = new Map();

// Gives a class the looks of an interface. The options, an object without prototype: `constants`, an object without
// prototype, go to the class and to its prototype; `cloning` says how instances are cloned; `fieldsOf` returns, in an
// object without prototype, what the console shows of an instance: it runs no user code, and throws for other objects.
const defineInterface = (Class, options) => {
  if (options?.fieldsOf !== undefined) host.show(Class.name, options.fieldsOf);
  mapSet(cloningOfPrototype, Class.prototype, options?.cloning);
  makeEnumerable(Class, NOT_STATIC_MEMBERS);
  makeEnumerable(Class.prototype, NOT_MEMBERS);
  defineProperty(Class.prototype, toStringTag, { __proto__: null, value: Class.name, configurable: true });
  if (options === undefined) return;
  for (const name in options.constants) {
    const constant = { __proto__: null, value: options.constants[name], enumerable: true };
    defineProperty(Class, name, constant);
    defineProperty(Class.prototype, name, constant);
  }
};

const defineMethod = (holder, name, value, enumerable = true) =>
  defineProperty(holder, name, { __proto__: null, value, writable: true, enumerable, configurable: true });

return {
  __proto__: null, cloningOfPrototype, defineInterface, defineMethod, isObject, requireArguments, toUSVString,
};
