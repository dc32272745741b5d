// setTimeout, setInterval, and what clears them. V8 has no timers: the worker asks when the next one is due, waits, and runs it.
// So nothing remains of a timer that is cleared, or whose execution has ended.
let timing = false; // whether an execution runs; only then can code set a timer
let timers = { __proto__: null }; // by id
let queue = list(); // a heap: the first timer is due next
let lastTimer = 0;
let repeating; // the interval that runs, unless it was cleared meanwhile

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

const addTimer = (timer) => {
  timers[timer.id] = timer;
  queue[queue.length] = timer;
  settleAt(timer, queue.length - 1);
};

const startTimer = (callback, delay, rest, repeats) => {
  if (typeof callback !== 'function') throw new OriginalTypeError('a timer needs a function; it runs no text');
  const wait = max(1, delay | 0);
  const id = ++lastTimer;
  if (timing) addTimer({ __proto__: null, id, due: now() + wait, wait, repeats, callback, rest, at: 0 });
  return id;
};

const clearTimer = (id) => {
  const timer = timers[id];
  if (timer !== undefined) removeTimer(timer);
  else if (repeating !== undefined && repeating.id === +id) repeating = undefined;
};

// What the loop of the execution runs next, behind the timers that are due.
const queueTask = (callback) => {
  if (timing) addTimer({ __proto__: null, id: ++lastTimer, due: now(), repeats: false, callback, rest: list(), at: 0 });
};

// Runs the next timer if it is due. Returns the milliseconds until the next look: 0 after a timer ran, since
// promises come first; -1 without timers.
const runTimer = () => {
  if (queue.length === 0) return -1;
  const timer = queue[0];
  const wait = timer.due - now();
  if (wait > 0) return wait;
  removeTimer(timer);
  repeating = timer.repeats ? timer : undefined;
  try {
    apply(timer.callback, globalThis, timer.rest);
  } catch (thrown) {
    reportUncaught(thrown);
  }
  if (repeating !== undefined && timing) {
    repeating.due = now() + repeating.wait;
    addTimer(repeating);
  }
  repeating = undefined;
  return 0;
};

const install = (name, value, enumerable = false) =>
  defineProperty(globalThis, name, { __proto__: null, value, writable: true, enumerable });
const { setTimeout, setInterval, clearTimeout, clearInterval } = {
  setTimeout: (callback, delay = 0, ...rest) => startTimer(callback, delay, rest, false),
  setInterval: (callback, delay = 0, ...rest) => startTimer(callback, delay, rest, true),
  clearTimeout: (id = 0) => clearTimer(id),
  clearInterval: (id = 0) => clearTimer(id),
};
install('setTimeout', setTimeout, true);
install('setInterval', setInterval, true);
install('clearTimeout', clearTimeout, true);
install('clearInterval', clearInterval, true);
delete globalThis.SharedArrayBuffer;
delete globalThis.WebAssembly;
// V8 calls a registry back when it collects garbage, even after the execution.
delete globalThis.FinalizationRegistry;
delete globalThis.WeakRef;
// Its timeout would outlive the execution. Without shared memory it has no other use.
delete Atomics.waitAsync;
