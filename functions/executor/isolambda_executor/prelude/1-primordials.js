// The built-ins as they were before any user code: what user code does to them later changes
// nothing here. No iteration protocol, no method looked up by name, no regular expression: each of
// those can be replaced. Lists have no prototype, so that nobody's setter sees what is put in.
const { apply, construct, ownKeys, getOwnPropertyDescriptor, getPrototypeOf, setPrototypeOf } = Reflect;
const { defineProperty, is } = Object;
const { isArray } = Array;
const { isView } = ArrayBuffer;
const { isError } = Error;
const { min, max, trunc } = Math;
const { now } = Date;
const { parse, stringify } = JSON;
const { waitAsync } = Atomics;
const OriginalError = Error;
const OriginalTypeError = TypeError;
const OriginalFunction = Function;
const AsyncFunction = (async () => {}).constructor;
const OriginalInt32Array = Int32Array;
const OriginalUint8Array = Uint8Array;
const OriginalSharedArrayBuffer = SharedArrayBuffer;
const OriginalWebAssembly = WebAssembly;
const OriginalFinalizationRegistry = FinalizationRegistry;
const OriginalWeakRef = WeakRef;
const method = (original) => (self, ...rest) => apply(original, self, rest);
const getter = (prototype, name) => method(getOwnPropertyDescriptor(prototype, name).get);
const errorToString = method(Error.prototype.toString);
const objectToString = method(Object.prototype.toString);
const symbolToString = method(Symbol.prototype.toString);
const dateToIso = method(Date.prototype.toISOString);
const regExpSource = getter(RegExp.prototype, 'source');
const regExpFlags = getter(RegExp.prototype, 'flags');
const sharedLength = getter(SharedArrayBuffer.prototype, 'byteLength');
const mapForEach = method(Map.prototype.forEach);
const setForEach = method(Set.prototype.forEach);
const mapSize = getter(Map.prototype, 'size');
const setSize = getter(Set.prototype, 'size');
const viewLength = getter(getPrototypeOf(Int8Array.prototype), 'length');
const promiseThen = method(Promise.prototype.then);
const charCodeAt = method(String.prototype.charCodeAt);
const includes = method(String.prototype.includes);
const slice = method(String.prototype.slice);
const list = () => {
  const items = [];
  setPrototypeOf(items, null);
  return items;
};
