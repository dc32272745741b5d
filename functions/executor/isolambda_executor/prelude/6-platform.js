// The web platform. It comes in chunks: the text of a chunk is asked of the worker and evaluated when code
// first touches one of its globals, so that code which touches nothing pays for nothing.
const chunks = { __proto__: null }; // what each exports
const numberOfChunk = { __proto__: null };

const host = {
  __proto__: null,
  random: fillRandom,
  write: (level, values) => write(level, values),
  reportError: (thrown) => write('error', ['Uncaught', thrown]),
  setTimer: (callback, delay, ...rest) => setTimer(callback, delay, ...rest),
  clearTimer: (id) => clearTimer(id),
  startedAt: () => startedAt,
  now,
};

// Returns what a chunk exports.
const need = (name) => {
  let exports = chunks[name];
  if (exports === undefined) {
    const text = `'use strict';${chunkText(numberOfChunk[name])}\n//# sourceURL=isolambda:${name}`;
    exports = new OriginalFunction('need', 'host', text)(need, host);
    chunks[name] = exports;
  }
  return exports;
};

const replaceGlobal = (name, value) =>
  defineProperty(globalThis, name, { __proto__: null, value, writable: true, configurable: true });

const defineLazily = (chunk, name) => defineProperty(globalThis, name, {
  __proto__: null,
  configurable: true,
  get() {
    const value = need(chunk)[name];
    replaceGlobal(name, value);
    return value;
  },
  set(value) { replaceGlobal(name, value); },
});

// `CHUNKS` lists each chunk and its globals.
for (let i = 0; i < CHUNKS.length; i++) {
  const { 0: name, 1: globals } = CHUNKS[i];
  numberOfChunk[name] = i;
  for (let k = 0; k < globals.length; k++) defineLazily(name, globals[k]);
}
