// setTimeout and clearTimeout. V8 has no timers: the worker asks when the next one is due, waits, and runs it.
// So nothing remains of a timer that is cleared, or whose execution has ended.
let timing = false; // whether an execution runs; only then can code set a timer
let timers = { __proto__: null }; // by id
let queue = list(); // a heap: the first timer is due next
let lastTimer = 0;

const isBefore = (one, other) => one.due < other.due || (one.due === other.due && one.id < other.id);

const put = (timer, at) => {
  queue[at] = timer;
  timer.at = at;
};

// Restores the heap: places the timer at `at`, or above or below it.
const settleAt = (timer, at) => {
  while (at > 0) {
    const above = (at - 1) >> 1;
    if (!isBefore(timer, queue[above])) break;
    put(queue[above], at);
    at = above;
  }
  for (;;) {
    let below = 2 * at + 1;
    if (below + 1 < queue.length && isBefore(queue[below + 1], queue[below])) below++;
    if (below >= queue.length || !isBefore(queue[below], timer)) break;
    put(queue[below], at);
    at = below;
  }
  put(timer, at);
};

const removeTimer = (timer) => {
  delete timers[timer.id];
  const last = queue[queue.length - 1];
  queue.length--;
  if (last !== timer) settleAt(last, timer.at);
};

const removeTimers = () => {
  if (queue.length === 0) return;
  timers = { __proto__: null };
  queue = list();
};

const setTimer = (callback, delay, ...rest) => {
  const id = ++lastTimer;
  const wait = max(1, min(trunc(+delay) || 0, 2 ** 31 - 1));
  if (timing) {
    timers[id] = { __proto__: null, id, due: now() + wait, callback, rest, at: 0 };
    queue[queue.length] = timers[id];
    settleAt(timers[id], queue.length - 1);
  }
  return id;
};

const clearTimer = (id) => {
  const timer = timers[id];
  if (timer !== undefined) removeTimer(timer);
};

// Runs the next timer if it is due. Returns the milliseconds until the next look: 0 after a timer ran, since
// promises come first; -1 without timers.
const runTimer = () => {
  if (queue.length === 0) return -1;
  const timer = queue[0];
  const wait = timer.due - now();
  if (wait > 0) return wait;
  removeTimer(timer);
  try {
    apply(timer.callback, undefined, timer.rest);
  } catch (thrown) {
    write('error', ['Uncaught', thrown]);
  }
  return 0;
};

const install = (name, value) =>
  defineProperty(globalThis, name, { __proto__: null, value, writable: true });
install('setTimeout', { setTimeout: setTimer }.setTimeout);
install('clearTimeout', { clearTimeout: (id) => clearTimer(id) }.clearTimeout);
delete globalThis.SharedArrayBuffer;
delete globalThis.WebAssembly;
// V8 calls a registry back when it collects garbage, even after the execution.
delete globalThis.FinalizationRegistry;
delete globalThis.WeakRef;
// Its timeout would outlive the execution. Without shared memory it has no other use.
delete Atomics.waitAsync;
