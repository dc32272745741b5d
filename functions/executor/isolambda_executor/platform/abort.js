// AbortController and AbortSignal (DOM 3).
const { Set, TypeError, list, setAdd, setDelete, setForEach } = need('primordials');
const {
  defineInterface, illegalConstructor, requireArguments, toSequence, toUnsignedLongLong,
} = need('webidl');
const { DOMException } = need('dom_exception');
const { Event, EventTarget, defineHandler, dispatchTrusted } = need('events');

const INTERNAL = { __proto__: null };
const RANGE = { __proto__: null, enforceRange: true };
// The state of a signal, which only its class can read.
let stateOf;

class AbortSignal extends EventTarget {
  #state = {
    __proto__: null,
    aborted: false,
    reason: undefined,
    algorithms: new Set(),
    depends: false, // whether `any` made it
    sources: list(), // of a signal that depends: those that do not
    dependents: list(),
  };

  constructor(key = undefined) {
    if (key !== INTERNAL) illegalConstructor();
    super();
  }

  static {
    stateOf = (signal) => signal.#state;
  }

  static abort(reason = undefined) {
    const signal = new AbortSignal(INTERNAL);
    const state = stateOf(signal);
    state.aborted = true;
    state.reason = reasonOf(reason);
    return signal;
  }

  static timeout(milliseconds) {
    requireArguments(arguments.length, 1, "Failed to execute 'timeout' on 'AbortSignal'");
    const delay = toUnsignedLongLong(milliseconds, RANGE);
    const signal = new AbortSignal(INTERNAL);
    startTimeout(signal, delay);
    return signal;
  }

  static any(signals) {
    requireArguments(arguments.length, 1, "Failed to execute 'any' on 'AbortSignal'");
    return dependentOn(toSequence(signals, toAbortSignal));
  }

  get aborted() { return this.#state.aborted; }
  get reason() { return this.#state.reason; }
  throwIfAborted() {
    if (this.#state.aborted) throw this.#state.reason;
  }
}
defineHandler(AbortSignal.prototype, 'abort');
const fieldsOf = (signal) => {
  const { aborted, reason } = stateOf(signal);
  return aborted ? { __proto__: null, aborted, reason } : { __proto__: null, aborted };
};
defineInterface(AbortSignal, { __proto__: null, fieldsOf });

const toAbortSignal = (value) => {
  try {
    stateOf(value);
  } catch {
    throw new TypeError('the value is not an AbortSignal');
  }
  return value;
};

const reasonOf = (reason) =>
  (reason === undefined ? new DOMException('signal is aborted without reason', 'AbortError') : reason);

// No timer waits longer than 2 ** 31 - 1 milliseconds, nor does an execution.
const LONGEST = 2 ** 31 - 1;
const startTimeout = (signal, delay) => {
  host.setTimer(() => {
    if (delay > LONGEST) startTimeout(signal, delay - LONGEST);
    else abort(signal, new DOMException('signal timed out', 'TimeoutError'));
  }, delay > LONGEST ? LONGEST : delay);
};

const runSteps = (signal) => {
  const { algorithms } = stateOf(signal);
  const run = list();
  setForEach(algorithms, (algorithm) => {
    run[run.length] = algorithm;
  });
  stateOf(signal).algorithms = new Set();
  for (let i = 0; i < run.length; i++) run[i]();
  dispatchTrusted(signal, new Event('abort'));
};

const abort = (signal, reason) => {
  const state = stateOf(signal);
  if (state.aborted) return;
  state.aborted = true;
  state.reason = reasonOf(reason);
  const aborted = list();
  for (let i = 0; i < state.dependents.length; i++) {
    const dependent = stateOf(state.dependents[i]);
    if (dependent.aborted) continue;
    dependent.aborted = true;
    dependent.reason = state.reason;
    aborted[aborted.length] = state.dependents[i];
  }
  runSteps(signal);
  for (let i = 0; i < aborted.length; i++) runSteps(aborted[i]);
};

const dependentOn = (signals) => {
  const signal = new AbortSignal(INTERNAL);
  const state = stateOf(signal);
  for (let i = 0; i < signals.length; i++) {
    const source = stateOf(signals[i]);
    if (!source.aborted) continue;
    state.aborted = true;
    state.reason = source.reason;
    return signal;
  }
  state.depends = true;
  const follow = (source) => {
    const { dependents } = stateOf(source);
    if (dependents[dependents.length - 1] === signal) return; // named twice
    dependents[dependents.length] = signal;
    state.sources[state.sources.length] = source;
  };
  for (let i = 0; i < signals.length; i++) {
    const { depends, sources } = stateOf(signals[i]);
    if (!depends) follow(signals[i]);
    for (let k = 0; k < sources.length; k++) follow(sources[k]);
  }
  return signal;
};

// What runs before the event when a signal is aborted.
const addAlgorithm = (signal, algorithm) => {
  const state = stateOf(signal);
  if (!state.aborted) setAdd(state.algorithms, algorithm);
};
const removeAlgorithm = (signal, algorithm) => {
  setDelete(stateOf(signal).algorithms, algorithm);
};

let signalOf;

class AbortController {
  #signal = new AbortSignal(INTERNAL);

  static {
    signalOf = (controller) => controller.#signal;
  }

  get signal() { return this.#signal; }
  abort(reason = undefined) { abort(this.#signal, reason); }
}
defineInterface(AbortController, {
  __proto__: null,
  fieldsOf: (controller) => ({ __proto__: null, signal: signalOf(controller) }),
});

return {
  __proto__: null,
  AbortController,
  AbortSignal,
  abortReason: (signal) => stateOf(signal).reason,
  addAlgorithm,
  dependentOn,
  isAborted: (signal) => stateOf(signal).aborted,
  removeAlgorithm,
  toAbortSignal,
};
