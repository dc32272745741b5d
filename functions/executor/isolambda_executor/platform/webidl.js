// Web IDL: how JavaScript values become values of the platform's types. `interfaces.js` says what classes look like.
const {
  Bare, DataView, Map, TypeError, Uint8Array, apply, bufferBytes, bufferDetached, bufferResizable, charCodeAt,
  dataViewBuffer, dataViewBytes, dataViewOffset, defineProperty, floor, hasOwn, isEnumerable, isView,
  iteratorPrototype, iteratorSymbol, list, listOf, mapGet, mapSet, max, min, ownKeys, setPrototypeOf, toStringTag, trunc,
  viewBuffer, viewBytes, viewKind, viewLength, viewOffset, viewSet,
} = need('primordials');
const { cloningOfPrototype, defineInterface, defineMethod, isObject, requireArguments, toUSVString } = need('interfaces');

const toAny = (value) => value;
const toBoolean = (value) => !!value;
const toDOMString = (value) => `${value}`;
const toByteString = (value) => {
  const text = `${value}`;
  for (let i = 0; i < text.length; i++) {
    if (charCodeAt(text, i) > 255) throw new TypeError(`the character at index ${i} is no byte: its code is over 255`);
  }
  return text;
};

const roundToEven = (number) => {
  const below = floor(number);
  const rest = number - below;
  return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1;
};

// Returns a conversion to integers of so many bits. Its option is `enforceRange` (throw outside the range) or
// `clamp` (take the nearest); without one it takes the value modulo 2 ** bits. Of 64 bits, the range has 53.
const integerOf = (bits, signed) => {
  const modulus = 2 ** bits;
  const upper = bits === 64 ? 2 ** 53 - 1 : 2 ** (signed ? bits - 1 : bits) - 1;
  const lower = !signed ? 0 : bits === 64 ? -upper : -upper - 1;
  return (value, options) => {
    let number = +value;
    if (options !== undefined && hasOwn(options, 'enforceRange')) {
      number = trunc(number);
      // NaN is in no range.
      if (!(number >= lower && number <= upper)) throw new TypeError(`${number} is not between ${lower} and ${upper}`);
      return number + 0; // no -0
    }
    if (options !== undefined && hasOwn(options, 'clamp')) {
      return number === number ? roundToEven(min(max(number, lower), upper)) + 0 : 0;
    }
    if (number - number !== 0) return 0;
    number = trunc(number) % modulus;
    if (signed ? number < -modulus / 2 : number < 0) number += modulus;
    else if (signed && number >= modulus / 2) number -= modulus;
    return number + 0; // no -0
  };
};

const toUnrestrictedDouble = (value) => +value;
const toDouble = (value) => {
  const number = +value;
  if (number - number !== 0) throw new TypeError(`${number} is not a finite number`);
  return number;
};

// Returns a list (without prototype) of the converted items.
const toSequence = (value, convert) => {
  const begin = isObject(value) ? value[iteratorSymbol] : undefined;
  if (typeof begin !== 'function') throw new TypeError('the value is not a sequence: it has no iterator');
  const iterator = apply(begin, value, []);
  if (!isObject(iterator)) throw new TypeError('the iterator of the value is not an object');
  const { next } = iterator;
  const items = list();
  for (;;) {
    const step = apply(next, iterator, []);
    if (!isObject(step)) throw new TypeError('a step of the iterator is not an object');
    if (step.done) return items;
    items[items.length] = convert(step.value);
  }
};

// Returns a list of pairs, listOf(key, value), in the order of the keys; a later value of a key replaces it.
const toRecord = (value, convertKey, convertValue) => {
  if (!isObject(value)) throw new TypeError('the value is not an object');
  const pairs = list();
  const places = new Map();
  const keys = ownKeys(value);
  for (let i = 0; i < keys.length; i++) {
    if (!isEnumerable(value, keys[i])) continue;
    const key = convertKey(keys[i]);
    const item = convertValue(value[keys[i]]);
    const place = mapGet(places, key);
    if (place !== undefined) {
      pairs[place][1] = item;
      continue;
    }
    mapSet(places, key, pairs.length);
    pairs[pairs.length] = listOf(key, item);
  }
  return pairs;
};

// The members of a dictionary, in the order in which they are read (that of the standard: by inheritance, then by
// name), are `{ __proto__: null, name: member(convert, fallback), ... }`.
const REQUIRED = listOf('required');
const member = (convert, fallback = undefined) => ({ __proto__: null, convert, fallback });
const requiredMember = (convert) => member(convert, REQUIRED);

// The members as a list: V8 takes long to enumerate an object without prototype.
const listed = new Map();
const listOfMembers = (members) => {
  let items = mapGet(listed, members);
  if (items !== undefined) return items;
  items = list();
  for (const name in members) {
    const item = new Bare();
    item.name = name;
    item.convert = members[name].convert;
    item.fallback = members[name].fallback;
    items[items.length] = item;
  }
  mapSet(listed, members, items);
  return items;
};

// Returns an object without prototype; a member that is missing and has no fallback is not in it.
const toDictionary = (value, members) => {
  if (value !== undefined && value !== null && !isObject(value)) throw new TypeError('the value is not an object');
  const read = new Bare();
  const items = listOfMembers(members);
  for (let i = 0; i < items.length; i++) {
    const { name, convert, fallback } = items[i];
    const given = value === undefined || value === null ? undefined : value[name];
    if (given !== undefined) read[name] = convert(given);
    else if (fallback === REQUIRED) throw new TypeError(`the member "${name}" is required`);
    else if (fallback !== undefined) read[name] = fallback;
  }
  return read;
};

const toEnum = (values) => (value) => {
  const text = `${value}`;
  if (!(text in values)) throw new TypeError(`"${text}" is not one of the values ${namesOf(values)}`);
  return text;
};
const namesOf = (values) => {
  let text = '';
  for (const name in values) text += `${text ? ', ' : ''}"${name}"`;
  return text;
};

const toCallback = (value) => {
  if (typeof value !== 'function') throw new TypeError('the value is not a function');
  return value;
};

const isBuffer = (value) => {
  try {
    bufferBytes(value);
    return true;
  } catch {
    return false; // not even a shared one
  }
};

// Of a value that is no `ArrayBuffer`.
const isSharedBuffer = (value) => {
  try {
    new DataView(value);
    return true;
  } catch {
    return false;
  }
};

const viewedBuffer = (view) => (viewKind(view) === undefined ? dataViewBuffer(view) : viewBuffer(view));

const isBufferSource = (value) => isObject(value) && (isView(value) || isBuffer(value));

// Returns a `Uint8Array` of the memory of a buffer or a view of one; it is empty if the buffer is detached. The
// options `allowShared` and `allowResizable` are those of Web IDL.
const toBufferSource = (value, options) => {
  if (!isObject(value)) throw new TypeError('the value is neither an ArrayBuffer nor a view of one');
  const viewed = isView(value);
  const buffer = viewed ? viewedBuffer(value) : value;
  if (!isBuffer(buffer)) {
    if (!viewed && !isSharedBuffer(value)) throw new TypeError('the value is neither an ArrayBuffer nor a view of one');
    if (options === undefined || !hasOwn(options, 'allowShared')) throw new TypeError('the memory must not be shared');
  } else {
    if (bufferDetached(buffer)) return new Uint8Array();
    if (bufferResizable(buffer) && (options === undefined || !hasOwn(options, 'allowResizable'))) {
      throw new TypeError('the buffer must not be resizable');
    }
  }
  if (!viewed) return new Uint8Array(buffer);
  if (viewKind(value) !== undefined) return new Uint8Array(buffer, viewOffset(value), viewBytes(value));
  try {
    return new Uint8Array(buffer, dataViewOffset(value), dataViewBytes(value));
  } catch {
    return new Uint8Array(); // a view beyond the end of its buffer
  }
};

// Returns a `Uint8Array` with a buffer of its own.
const copyBuffer = (value, options) => {
  const bytes = toBufferSource(value, options);
  const copy = new Uint8Array(viewLength(bytes));
  viewSet(copy, bytes);
  return copy;
};

const illegalConstructor = () => {
  throw new TypeError('Illegal constructor');
};

// Makes a class iterable over pairs: `entries`, `keys`, `values`, `forEach` and the iterator. `nextOf(self, index)`
// returns the pair at an index, listOf(key, value), or undefined at the end; it throws for a foreign `self`.
const defineIterable = (Class, nextOf) => {
  class PairIterator {
    #target;
    #itemOf;
    #index = 0;

    constructor(target, itemOf) {
      nextOf(target, 0);
      this.#target = target;
      this.#itemOf = itemOf;
    }

    next() {
      const pair = nextOf(this.#target, this.#index);
      if (pair === undefined) return { value: undefined, done: true };
      this.#index++;
      return { value: this.#itemOf(pair), done: false };
    }
  }
  const { prototype } = PairIterator;
  delete prototype.constructor;
  setPrototypeOf(prototype, iteratorPrototype);
  defineProperty(prototype, 'next', { __proto__: null, enumerable: true });
  defineProperty(prototype, toStringTag, { __proto__: null, value: `${Class.name} Iterator`, configurable: true });
  const { entries, keys, values, forEach } = {
    entries() { return new PairIterator(this, (pair) => [pair[0], pair[1]]); },
    keys() { return new PairIterator(this, (pair) => pair[0]); },
    values() { return new PairIterator(this, (pair) => pair[1]); },
    forEach(callback, self = undefined) {
      nextOf(this, 0);
      requireArguments(arguments.length, 1, `Failed to execute 'forEach' on '${Class.name}'`);
      toCallback(callback);
      let pair;
      for (let i = 0; (pair = nextOf(this, i)) !== undefined; i++) apply(callback, self, [pair[1], pair[0], this]);
    },
  };
  defineMethod(Class.prototype, 'entries', entries);
  defineMethod(Class.prototype, 'keys', keys);
  defineMethod(Class.prototype, 'values', values);
  defineMethod(Class.prototype, 'forEach', forEach);
  defineMethod(Class.prototype, iteratorSymbol, entries, false);
};

// Returns what the console shows of pairs: each name with its value, or all of them.
const fieldsOfPairs = (pairs) => {
  const fields = { __proto__: null };
  for (let i = 0; i < pairs.length; i++) {
    const values = fields[pairs[i][0]] ??= [];
    defineProperty(values, values.length, { __proto__: null, value: pairs[i][1], enumerable: true });
  }
  for (const name in fields) if (fields[name].length === 1) fields[name] = fields[name][0];
  return fields;
};

return {
  __proto__: null,
  cloningOfPrototype,
  copyBuffer,
  defineInterface,
  defineIterable,
  fieldsOfPairs,
  illegalConstructor,
  isBufferSource,
  isObject,
  member,
  requireArguments,
  requiredMember,
  toAny,
  toBoolean,
  toBufferSource,
  toByteString,
  toCallback,
  toDOMString,
  toDictionary,
  toDouble,
  toEnum,
  toLong: integerOf(32, true),
  toLongLong: integerOf(64, true),
  toOctet: integerOf(8, false),
  toRecord,
  toSequence,
  toUSVString,
  toUnrestrictedDouble,
  toUnsignedLong: integerOf(32, false),
  toUnsignedLongLong: integerOf(64, false),
  toUnsignedShort: integerOf(16, false),
};
