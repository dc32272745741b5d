// setTimeout and clearTimeout; a timer does not outlive the execution that set it.
let timers = { __proto__: null }; // id → when it is due
let lastTimer = 0;
let execution = 0; // counts executions: what belongs to an earlier one is dead

const setTimer = (callback, delay, ...rest) => {
  const id = ++lastTimer;
  const wait = max(1, min(trunc(+delay) || 0, 2 ** 31 - 1));
  const mine = execution;
  timers[id] = now() + wait;
  const cell = new OriginalInt32Array(new OriginalSharedArrayBuffer(4));
  promiseThen(waitAsync(cell, 0, 0, wait).value, () => {
    if (mine !== execution || !(id in timers)) return;
    delete timers[id];
    try {
      apply(callback, undefined, rest);
    } catch (thrown) {
      write('error', ['Uncaught', thrown]);
    }
  });
  return id;
};

const install = (name, value) =>
  defineProperty(globalThis, name, { __proto__: null, value, writable: true });
install('setTimeout', { setTimeout: setTimer }.setTimeout);
install('clearTimeout', { clearTimeout: (id) => void delete timers[id] }.clearTimeout);
delete globalThis.SharedArrayBuffer;
delete globalThis.WebAssembly;
// The callback of a registry runs when V8 collects garbage, be it after the execution.
delete globalThis.FinalizationRegistry;
delete globalThis.WeakRef;
// It is a timer that would outlive its execution; who shares no memory with anybody misses nothing else.
delete Atomics.waitAsync;
