// How structured clones save and restore each kind of object (HTML 2.7.3): built-ins and interfaces by prototype, so
// that one whose prototype was replaced is cloned as a plain object. A cloning has `has` (whether an object has the
// internal slots), `save`, which returns a record, and `restore`. Of `parts` and of the properties `names`, clones of
// their values go to `fill`. A cloning with `transfer` and `receive` can be transferred.
const {
  ArrayBuffer, Bare, BigInt, Boolean, Date, Error, EvalError, Map, Number, Object, Promise, RangeError,
  ReferenceError, RegExp, Set, String, SyntaxError, TypeError, URIError, Uint8Array, WeakMap, __proto__, apply,
  arrayPrototype, bigintOf, booleanOf, bufferBytes, bufferDetached, bufferMaxBytes, bufferResizable, bufferTransfer,
  dataViewBuffer, dataViewBytes, dataViewOffset, dateValue, defineProperty, endsWith, functionToString,
  getOwnPropertyDescriptor, getPrototypeOf, getter, hasOwn, isArray, isError, isView, list, mapForEach, mapGet,
  mapHas, mapSet, mapSize, numberOf, objectKeys, objectPrototype, regExpSource, setAdd, setForEach, setPrototypeOf,
  setSize, slice, startsWith, stringOf, toStringTag, viewBuffer, viewBytes, viewKind, viewLength, viewOffset, viewSet,
} = need('primordials');
const { cloningOfPrototype } = need('webidl');
const { DOMException } = need('dom_exception');

const SHOWN = 100; // characters of a function in a message
const refuse = (what) => {
  throw new DOMException(`${what} could not be cloned.`, 'DataCloneError');
};

const isOf = (probe) => (value) => {
  try {
    probe(value);
    return true;
  } catch {
    return false;
  }
};

const define = (object, key, value, enumerable) =>
  defineProperty(object, key, { __proto__: null, value, writable: true, enumerable, configurable: true });

const addKind = (Class, cloning) => mapSet(cloningOfPrototype, Class.prototype, cloning);
const isBuffer = isOf(bufferBytes);

const addBox = (Class, read, make) =>
  addKind(Class, {
    __proto__: null,
    has: isOf(read),
    save: (value) => ({ __proto__: null, value: read(value) }),
    restore: (record) => make(record.value),
  });
addBox(Boolean, booleanOf, Object);
addBox(Number, numberOf, Object);
addBox(BigInt, bigintOf, Object);
addBox(String, stringOf, Object);
addBox(Date, dateValue, (time) => new Date(time));

const FLAGS = ['hasIndices', 'global', 'ignoreCase', 'multiline', 'dotAll', 'unicode', 'unicodeSets', 'sticky'];
const LETTERS = 'dgimsuvy';
const flagOf = list();
for (let i = 0; i < FLAGS.length; i++) flagOf[i] = getter(RegExp.prototype, FLAGS[i]);
addKind(RegExp, {
  __proto__: null,
  has: isOf(flagOf[0]),
  save(value) {
    let flags = '';
    for (let i = 0; i < flagOf.length; i++) if (flagOf[i](value)) flags += LETTERS[i];
    return { __proto__: null, source: regExpSource(value), flags };
  },
  restore: (record) => new RegExp(record.source, record.flags),
});

// The items are listed first: a getter of one may change the collection.
addKind(Map, {
  __proto__: null,
  has: isOf(mapSize),
  save(value) {
    const parts = list();
    mapForEach(value, (item, key) => {
      parts[parts.length] = key;
      parts[parts.length] = item;
    });
    return { __proto__: null, parts };
  },
  restore: () => new Map(),
  fill(map, record, values) {
    for (let i = 0; i < values.length; i += 2) mapSet(map, values[i], values[i + 1]);
  },
});
addKind(Set, {
  __proto__: null,
  has: isOf(setSize),
  save(value) {
    const parts = list();
    setForEach(value, (item) => {
      parts[parts.length] = item;
    });
    return { __proto__: null, parts };
  },
  restore: () => new Set(),
  fill(set, record, values) {
    for (let i = 0; i < values.length; i++) setAdd(set, values[i]);
  },
});

const copyOf = (buffer) => {
  const size = bufferBytes(buffer);
  const copy = bufferResizable(buffer)
    ? new ArrayBuffer(size, { __proto__: null, maxByteLength: bufferMaxBytes(buffer) })
    : new ArrayBuffer(size);
  viewSet(new Uint8Array(copy), new Uint8Array(buffer));
  return copy;
};
addKind(ArrayBuffer, {
  __proto__: null,
  has: isBuffer,
  save(value) {
    if (bufferDetached(value)) refuse('An ArrayBuffer that is detached');
    return { __proto__: null, buffer: copyOf(value) };
  },
  restore: (record) => record.buffer,
  transfer(value) {
    if (bufferDetached(value)) refuse('An ArrayBuffer that is detached');
    return bufferTransfer(value);
  },
  receive: (buffer) => buffer,
});

// With its feature alone the scope has it. A clone would share the memory: it is the same for all but `===`.
if (typeof globalThis.SharedArrayBuffer === 'function') {
  addKind(globalThis.SharedArrayBuffer, {
    __proto__: null,
    has: isOf(getter(globalThis.SharedArrayBuffer.prototype, 'byteLength')),
    save: (value) => ({ __proto__: null, value }),
    restore: (record) => record.value,
  });
}

const VIEWS = [
  'BigInt64Array', 'BigUint64Array', 'DataView', 'Float16Array', 'Float32Array', 'Float64Array', 'Int16Array',
  'Int32Array', 'Int8Array', 'Uint16Array', 'Uint32Array', 'Uint8Array', 'Uint8ClampedArray',
];
const viewClasses = { __proto__: null };
for (let i = 0; i < VIEWS.length; i++) viewClasses[VIEWS[i]] = globalThis[VIEWS[i]];

// JavaScript cannot tell a view that follows the length of its buffer from one that ends where the buffer now does.
const followsBuffer = (buffer, end) =>
  isBuffer(buffer) && bufferResizable(buffer) && end === bufferBytes(buffer);

const viewCloning = {
  __proto__: null,
  save(value, saveOne) {
    const kind = viewKind(value);
    const buffer = kind === undefined ? dataViewBuffer(value) : viewBuffer(value);
    if (isBuffer(buffer) && bufferDetached(buffer)) refuse('A view of a detached ArrayBuffer');
    const record = { __proto__: null, buffer: saveOne(buffer), name: kind ?? 'DataView', offset: 0, length: undefined };
    if (kind === undefined) {
      record.offset = dataViewOffset(value); // throws if the view is beyond the end of its buffer
      if (!followsBuffer(buffer, record.offset + dataViewBytes(value))) record.length = dataViewBytes(value);
    } else {
      record.offset = viewOffset(value);
      if (!followsBuffer(buffer, record.offset + viewBytes(value))) record.length = viewLength(value);
    }
    return record;
  },
  restore: (record, restoreOne) =>
    new viewClasses[record.name](restoreOne(record.buffer), record.offset, record.length),
};

// Errors keep their stack, and their cause.
const errorClasses = {
  __proto__: null, Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError,
};
const nativeStack = getOwnPropertyDescriptor(new Error(''), 'stack').get;
const ownValue = (error, key) => {
  const property = getOwnPropertyDescriptor(error, key);
  if (property === undefined || property.get === undefined) return property?.value;
  return property.get === nativeStack ? apply(nativeStack, error, []) : undefined;
};
const errorCloning = {
  __proto__: null,
  has: isError,
  save(value) {
    const name = `${value.name}`;
    const message = ownValue(value, 'message');
    const stack = ownValue(value, 'stack');
    const parts = list();
    if (hasOwn(value, 'cause')) parts[0] = ownValue(value, 'cause');
    return {
      __proto__: null,
      name: name in errorClasses ? name : 'Error',
      message: message === undefined ? undefined : `${message}`,
      stack: typeof stack === 'string' ? stack : undefined,
      parts,
    };
  },
  restore(record) {
    const error = new errorClasses[record.name](record.message);
    if (record.stack !== undefined) define(error, 'stack', record.stack, false);
    return error;
  },
  fill(error, record, values) {
    if (values.length) define(error, 'cause', values[0], false);
  },
};

// What is restored gets its prototype last, so that no setter of user code sees the properties.
const recordOf = (value) => {
  const record = new Bare();
  record.object = value;
  record.names = objectKeys(value);
  record.keys = list();
  return record;
};
const fillProperties = (prototype) => (object, record, values) => {
  const { keys } = record;
  for (let i = 0; i < values.length; i++) object[keys[i]] = values[i];
  setPrototypeOf(object, prototype);
};
const plainCloning = {
  __proto__: null,
  save: recordOf,
  restore: () => new Bare(),
  fill: fillProperties(objectPrototype),
};
const arrayCloning = {
  __proto__: null,
  save(value) {
    const record = recordOf(value);
    record.length = value.length;
    return record;
  },
  restore(record) {
    const items = list();
    items.length = record.length;
    return items;
  },
  fill: fillProperties(arrayPrototype),
};

// Built-ins that cannot be cloned, known by the tag of their prototype.
const UNCLONED = {
  __proto__: null, AsyncGenerator: true, FinalizationRegistry: true, Generator: true, Promise: true, Symbol: true,
  WeakMap: true, WeakRef: true, WeakSet: true,
};
const isUncloned = (tag) =>
  tag in UNCLONED || endsWith(tag, ' Iterator') || startsWith(tag, 'Intl.') || startsWith(tag, 'Temporal.') ||
  startsWith(tag, 'WebAssembly.');

const PROTOTYPES = 1_000; // of one object; proxies can make the chain endless

// Returns how to clone an object; throws if that is not possible.
const cloningOf = (value) => {
  if (typeof value === 'function') refuse(slice(functionToString(value), 0, SHOWN));
  if (host.isProxy(value)) refuse('A proxy');
  if (isArray(value)) return arrayCloning;
  if (isView(value)) return viewCloning;
  let holder = getPrototypeOf(value);
  for (let i = 0; holder !== null && holder !== objectPrototype && i < PROTOTYPES; i++) {
    const cloning = mapGet(cloningOfPrototype, holder);
    if (cloning?.has(value)) return cloning;
    const tag = getOwnPropertyDescriptor(holder, toStringTag)?.value;
    const isInterface = cloning === undefined && mapHas(cloningOfPrototype, holder);
    if (isInterface || (typeof tag === 'string' && isUncloned(tag))) refuse(`#<${tag}>`);
    holder = getPrototypeOf(holder);
  }
  return isError(value) ? errorCloning : plainCloning;
};

return { __proto__: null, cloningOf, refuse };
