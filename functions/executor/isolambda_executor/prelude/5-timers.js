// setTimeout and clearTimeout. V8 knows of no timer: the worker asks when the next one is due, waits,
// and has it run. So nothing of a timer is left when it is cleared or when its execution has ended.
let timing = false; // whether an execution is under way; nobody else may set a timer
let timers = { __proto__: null }; // by id
let queue = list(); // a heap: the timer that is due next is the first
let lastTimer = 0;

const isBefore = (one, other) => one.due < other.due || (one.due === other.due && one.id < other.id);

const put = (timer, at) => {
  queue[at] = timer;
  timer.at = at;
};

// Moves others out of its way, from `at` up or down.
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

// Runs the next timer if it is due. Answers the milliseconds until the next look: 0 when one was run,
// since promises come first; -1 when there is none.
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
// The callback of a registry runs when V8 collects garbage, be it after the execution.
delete globalThis.FinalizationRegistry;
delete globalThis.WeakRef;
// It is a timer that would outlive its execution; who shares no memory with anybody misses nothing else.
delete Atomics.waitAsync;
