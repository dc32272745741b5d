// CryptoKey (Web Cryptography API 13). What a key holds is private to this chunk and those that ask it: user code
// has the object alone, whose getters show copies.
const { TypeError, Uint8Array, arrayPrototype, list, setPrototypeOf, viewLength, viewSet } = need('primordials');
const { defineInterface, illegalConstructor, isObject, toEnum, toSequence } = need('webidl');
const { DOMException } = need('dom_exception');

const refuse = (name, message) => {
  throw new DOMException(message, name);
};

// In the order in which keys list them. No algorithm here has the last four, which later drafts of the standard name.
const USAGES = {
  __proto__: null,
  encrypt: true,
  decrypt: true,
  sign: true,
  verify: true,
  deriveKey: true,
  deriveBits: true,
  wrapKey: true,
  unwrapKey: true,
  encapsulateKey: true,
  encapsulateBits: true,
  decapsulateKey: true,
  decapsulateBits: true,
};
const toUsage = toEnum(USAGES);

const hasItem = (items, item) => {
  for (let i = 0; i < items.length; i++) if (items[i] === item) return true;
  return false;
};

// Returns those usages of a list that are among `allowed`, in their order, once each.
const pickUsages = (usages, allowed = undefined) => {
  const picked = list();
  for (const usage in USAGES) {
    if (hasItem(usages, usage) && (allowed === undefined || hasItem(allowed, usage))) picked[picked.length] = usage;
  }
  return picked;
};

const toUsages = (value) => toSequence(value, toUsage);

const requireUsages = (usages, allowed) => {
  for (let i = 0; i < usages.length; i++) {
    if (!hasItem(allowed, usages[i])) refuse('SyntaxError', `a key of this kind is not for ${usages[i]}`);
  }
};

const requireType = (key, type) => {
  if (key.type !== type) refuse('InvalidAccessError', `the key is not ${type}`);
};

// What an algorithm makes of a pair: each key with the usages that it can have.
const pairOf = (allowed, privateKey, publicKey) => ({
  __proto__: null,
  privateKey: { __proto__: null, ...privateKey, allowed: allowed.private },
  publicKey: { __proto__: null, ...publicKey, allowed: allowed.public },
});

const copyBytes = (bytes) => {
  const copy = new Uint8Array(viewLength(bytes));
  if (viewLength(copy) > 0) viewSet(copy, bytes); // a buffer that is detached cannot be read
  return copy;
};

// Returns an array that user code may have.
const shownList = (items) => {
  const shown = list();
  for (let i = 0; i < items.length; i++) shown[i] = items[i];
  setPrototypeOf(shown, arrayPrototype);
  return shown;
};

// The algorithm of a key as user code sees it.
const shownAlgorithm = (algorithm) => {
  const shown = { ...algorithm };
  if (algorithm.hash !== undefined) shown.hash = { name: algorithm.hash };
  if (algorithm.publicExponent !== undefined) shown.publicExponent = copyBytes(algorithm.publicExponent);
  return shown;
};

let slotsOfNew;
let slotsIn;
let hasSlots;
class CryptoKey {
  #slots;

  constructor() {
    if (slotsOfNew === undefined) illegalConstructor();
    this.#slots = slotsOfNew;
    slotsOfNew = undefined;
  }

  get type() { return this.#slots.type; }
  get extractable() { return this.#slots.extractable; }
  get algorithm() {
    const slots = this.#slots;
    slots.shownAlgorithm ??= shownAlgorithm(slots.algorithm);
    return slots.shownAlgorithm;
  }
  get usages() {
    const slots = this.#slots;
    slots.shownUsages ??= shownList(slots.usages);
    return slots.shownUsages;
  }

  static {
    slotsIn = (key) => key.#slots;
    hasSlots = (value) => #slots in value;
  }
}
// A key is made of: `type`; `algorithm`, whose `hash` is a name; `usages`, a list; `extractable`; and `handle`, what
// the algorithm needs.
const makeKey = ({ type, algorithm, usages, extractable, handle }) => {
  slotsOfNew = {
    __proto__: null, type, algorithm, usages, extractable, handle, shownAlgorithm: undefined, shownUsages: undefined,
  };
  return new CryptoKey();
};

const isKey = (value) => isObject(value) && hasSlots(value);

// What the console shows.
const fieldsOf = (key) => {
  const { type, extractable, algorithm, usages } = slotsIn(key);
  return { __proto__: null, type, extractable, algorithm: shownAlgorithm(algorithm), usages: shownList(usages) };
};

defineInterface(CryptoKey, {
  __proto__: null,
  fieldsOf,
  cloning: {
    __proto__: null,
    has: isKey,
    save: (key) => ({ __proto__: null, slots: slotsIn(key) }),
    restore: ({ slots }) => makeKey(slots),
  },
});

// Returns what a key holds.
const toKey = (value) => {
  if (!isKey(value)) throw new TypeError('the value is not a CryptoKey');
  return slotsIn(value);
};

return {
  __proto__: null, CryptoKey, copyBytes, hasItem, makeKey, pairOf, pickUsages, refuse, requireType, requireUsages,
  shownList, toKey, toUsages,
};
