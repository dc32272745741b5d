// Keeps keys that are not extractable from user code that replaces built-ins. Chunks do not notice if it does, but
// libraries look methods up by name, and a replaced one would see the numbers of a key. So nothing that they use may
// have changed since this chunk was evaluated. What was added may be there if it only holds a value and hides nothing.
const {
  Array, Set, String, Uint8Array, endsWith, functionToString, getOwnPropertyDescriptor, getPrototypeOf, hasOwn, is,
  iteratorPrototype, iteratorSymbol, list, listOf, method, ownKeys, setAdd, setHas, symbolToString,
} = need('primordials');
const { refuse } = need('crypto_key');

// What the libraries read from the global scope and give numbers to, or make of them.
const GLOBALS = listOf(
  'Array', 'ArrayBuffer', 'BigInt', 'DataView', 'Number', 'Object', 'String', 'Uint32Array', 'Uint8Array', 'WeakMap',
);
const TEXT_METHODS = listOf('charCodeAt', 'padStart', 'slice', 'toString', 'valueOf');

// What code replaced before is not compared: it may do so again in each execution.
const isBuiltIn = (value) => typeof value !== 'function' || endsWith(functionToString(value), '{ [native code] }');

// Each object that the libraries read methods from, with its properties.
const snapshots = list();
const note = (holder, names, mayGrow = false) => {
  const entries = list();
  for (let i = 0; i < names.length; i++) {
    const { value, get, set } = getOwnPropertyDescriptor(holder, names[i]);
    const isCompared = isBuiltIn(value) && isBuiltIn(get) && isBuiltIn(set);
    entries[i] = { __proto__: null, name: names[i], isCompared, value, get, set };
  }
  snapshots[snapshots.length] = { __proto__: null, holder, entries, mayGrow, prototype: getPrototypeOf(holder) };
};
const noteAll = (holder) => note(holder, ownKeys(holder));

note(globalThis, GLOBALS, true);
for (let i = 0; i < GLOBALS.length; i++) {
  const holder = globalThis[GLOBALS[i]];
  if (holder === String) {
    note(String.prototype, TEXT_METHODS, true);
  } else {
    noteAll(holder);
    noteAll(holder.prototype);
  }
}
const arrayIterator = method(Array.prototype[iteratorSymbol])(list());
noteAll(getPrototypeOf(arrayIterator));
noteAll(iteratorPrototype);
noteAll(getPrototypeOf(Uint8Array));
noteAll(getPrototypeOf(Uint8Array.prototype));
noteAll(getPrototypeOf(Array)); // Function.prototype

// Returns the name of a property that has changed, or undefined.
const changedIn = ({ holder, entries }) => {
  for (let i = 0; i < entries.length; i++) {
    const { name, isCompared, value, get, set } = entries[i];
    if (!isCompared) continue;
    const now = getOwnPropertyDescriptor(holder, name);
    if (now === undefined || !is(now.value, value) || now.get !== get || now.set !== set) return name;
  }
  return undefined;
};

// Returns the name of a property that was added and is more than a value, or hides something; or undefined.
const addedTo = ({ holder, entries, prototype, mayGrow }) => {
  if (mayGrow) return undefined;
  if (getPrototypeOf(holder) !== prototype) return '__proto__';
  const names = ownKeys(holder);
  if (names.length === entries.length) return undefined;
  const before = new Set();
  for (let i = 0; i < entries.length; i++) setAdd(before, entries[i].name);
  for (let i = 0; i < names.length; i++) {
    if (setHas(before, names[i])) continue;
    if (!hasOwn(getOwnPropertyDescriptor(holder, names[i]), 'value')) return names[i];
    if (prototype !== null && names[i] in prototype) return names[i];
  }
  return undefined;
};

const requireBuiltIns = () => {
  for (let i = 0; i < snapshots.length; i++) {
    const name = changedIn(snapshots[i]) ?? addedTo(snapshots[i]);
    if (name === undefined) continue;
    const shown = typeof name === 'symbol' ? symbolToString(name) : name;
    refuse('OperationError', `code has changed the built-in "${shown}", so keys that are not extractable are locked`);
  }
};

return { __proto__: null, requireBuiltIns };
