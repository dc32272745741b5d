// Event and EventTarget (DOM 2), without a tree: an event has one target. The global scope is one.
const {
  Bare, Map, TypeError, apply, defineProperty, getOwnPropertyDescriptor, list, mapGet, mapSet, max, setPrototypeOf,
} = need('primordials');
const {
  defineInterface, isObject, member, requireArguments, toBoolean, toDOMString, toDictionary,
} = need('webidl');

const NONE = 0;
const AT_TARGET = 2;
const EVENT_MEMBERS = {
  __proto__: null,
  bubbles: member(toBoolean, false),
  cancelable: member(toBoolean, false),
  composed: member(toBoolean, false),
};

// Milliseconds since the time origin, which is the millisecond before the one in which the execution began: so times
// are positive. The clock of the machine may be set back; these times are not.
let origin = 0;
let latest = 0;
const timeOrigin = () => host.startedAt() - 1;
const elapsed = () => {
  if (origin !== timeOrigin()) latest = 0; // another execution
  origin = timeOrigin();
  latest = max(latest, host.now() - origin);
  return latest;
};

// The state of an event, which only its class can read.
let stateOf;

class Event {
  #state;

  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, "Failed to construct 'Event'");
    const text = toDOMString(type);
    const { bubbles, cancelable, composed } = toDictionary(init, EVENT_MEMBERS);
    const state = new Bare();
    state.type = text;
    state.bubbles = bubbles;
    state.cancelable = cancelable;
    state.composed = composed;
    state.timeStamp = elapsed();
    state.target = null;
    state.currentTarget = null;
    state.phase = NONE;
    state.dispatched = false;
    state.initialized = true;
    state.trusted = false;
    state.canceled = false;
    state.passive = false;
    state.stopped = false;
    state.stoppedAtOnce = false;
    this.#state = state;
    defineProperty(this, 'isTrusted', isTrusted);
  }

  static {
    stateOf = (event) => event.#state;
  }

  get type() { return this.#state.type; }
  get target() { return this.#state.target; }
  get srcElement() { return this.#state.target; }
  get currentTarget() { return this.#state.currentTarget; }
  composedPath() {
    const { currentTarget } = this.#state;
    return currentTarget === null ? [] : [currentTarget];
  }
  get eventPhase() { return this.#state.phase; }
  stopPropagation() { this.#state.stopped = true; }
  get cancelBubble() { return this.#state.stopped; }
  set cancelBubble(value) {
    const state = this.#state;
    if (value) state.stopped = true;
  }
  stopImmediatePropagation() {
    const state = this.#state;
    state.stopped = true;
    state.stoppedAtOnce = true;
  }
  get bubbles() { return this.#state.bubbles; }
  get cancelable() { return this.#state.cancelable; }
  get returnValue() { return !this.#state.canceled; }
  set returnValue(value) {
    const state = this.#state;
    if (!value) cancel(state);
  }
  preventDefault() { cancel(this.#state); }
  get defaultPrevented() { return this.#state.canceled; }
  get composed() { return this.#state.composed; }
  get timeStamp() { return this.#state.timeStamp; }
  initEvent(type, bubbles = false, cancelable = false) {
    const state = this.#state;
    requireArguments(arguments.length, 1, "Failed to execute 'initEvent' on 'Event'");
    initialize(state, toDOMString(type), bubbles, cancelable);
  }
}

const isTrusted = {
  __proto__: null,
  get: getOwnPropertyDescriptor({ get isTrusted() { return stateOf(this).trusted; } }, 'isTrusted').get,
  enumerable: true,
};

const cancel = (state) => {
  if (state.cancelable && !state.passive) state.canceled = true;
};

const initialize = (state, type, bubbles, cancelable) => {
  if (state.dispatched) return false;
  state.initialized = true;
  state.stopped = false;
  state.stoppedAtOnce = false;
  state.canceled = false;
  state.trusted = false;
  state.target = null;
  state.type = type;
  state.bubbles = toBoolean(bubbles);
  state.cancelable = toBoolean(cancelable);
  return true;
};

const phases = { __proto__: null, NONE, CAPTURING_PHASE: 1, AT_TARGET, BUBBLING_PHASE: 3 };
const fieldsOf = (event) => {
  const { type, canceled, cancelable, timeStamp } = stateOf(event);
  return { __proto__: null, type, defaultPrevented: canceled, cancelable, timeStamp };
};
defineInterface(Event, { __proto__: null, constants: phases, fieldsOf });

// The listeners and handlers of a target, in private fields that any object can get.
const Itself = function (object) { return object; };
class Listeners extends Itself {
  #ofType = new Map();
  #handlers = { __proto__: null };

  static of(target) { return target.#ofType; }
  static handlersOf(target) { return target.#handlers; }
}

const OPTION_MEMBERS = { __proto__: null, capture: member(toBoolean, false) };
const ADD_OPTION_MEMBERS = {
  __proto__: null,
  ...OPTION_MEMBERS,
  once: member(toBoolean, false),
  passive: member(toBoolean, false),
  signal: member((value) => need('abort').toAbortSignal(value)),
};
const optionsOf = (options, members) =>
  (isObject(options) || options === undefined || options === null
    ? toDictionary(options, members)
    : { __proto__: null, capture: toBoolean(options), once: false, passive: false });

const toListener = (value) => {
  if (value === null || value === undefined) return null;
  if (!isObject(value)) throw new TypeError('the listener is neither a function nor an object');
  return value;
};

const indexOfListener = (listeners, callback, capture) => {
  for (let i = 0; i < listeners.length; i++) {
    if (listeners[i].callback === callback && listeners[i].capture === capture) return i;
  }
  return -1;
};

const addListener = (target, type, callback, { capture, once, passive }) => {
  const ofType = Listeners.of(target);
  let listeners = mapGet(ofType, type);
  if (listeners === undefined) mapSet(ofType, type, (listeners = list()));
  else if (indexOfListener(listeners, callback, capture) >= 0) return;
  listeners[listeners.length] = { __proto__: null, callback, capture, once, passive, removed: false };
};

const removeListener = (target, type, callback, capture) => {
  const listeners = mapGet(Listeners.of(target), type);
  const at = listeners === undefined ? -1 : indexOfListener(listeners, callback, capture);
  if (at < 0) return;
  listeners[at].removed = true;
  for (let i = at + 1; i < listeners.length; i++) listeners[i - 1] = listeners[i];
  listeners.length--;
};

// A method called without `this`, such as a bare `addEventListener(...)`, is one of the global scope.
const targetOf = (self) => (self === undefined || self === null ? globalThis : self);

class EventTarget {
  constructor() {
    new Listeners(this);
  }

  addEventListener(type, callback, options = undefined) {
    const self = targetOf(this);
    Listeners.of(self);
    requireArguments(arguments.length, 2, "Failed to execute 'addEventListener' on 'EventTarget'");
    const text = toDOMString(type);
    const listener = toListener(callback);
    const read = optionsOf(options, ADD_OPTION_MEMBERS);
    if (listener === null || ('signal' in read && need('abort').isAborted(read.signal))) return;
    addListener(self, text, listener, read);
    if ('signal' in read) {
      need('abort').addAlgorithm(read.signal, () => removeListener(self, text, listener, read.capture));
    }
  }

  removeEventListener(type, callback, options = undefined) {
    const self = targetOf(this);
    Listeners.of(self);
    requireArguments(arguments.length, 2, "Failed to execute 'removeEventListener' on 'EventTarget'");
    const text = toDOMString(type);
    const listener = toListener(callback);
    const { capture } = optionsOf(options, OPTION_MEMBERS);
    if (listener !== null) removeListener(self, text, listener, capture);
  }

  dispatchEvent(event) {
    const self = targetOf(this);
    Listeners.of(self);
    requireArguments(arguments.length, 1, "Failed to execute 'dispatchEvent' on 'EventTarget'");
    const state = eventState(event);
    if (state.dispatched || !state.initialized) {
      const { DOMException } = need('dom_exception');
      throw new DOMException('The event is already being dispatched.', 'InvalidStateError');
    }
    state.trusted = false;
    return dispatch(self, event);
  }
}
defineInterface(EventTarget);

const eventState = (event) => {
  try {
    return stateOf(event);
  } catch {
    throw new TypeError('the value is not an Event');
  }
};

const callListener = (listener, target, event) => {
  const { callback } = listener;
  if (typeof callback === 'function') return apply(callback, target, [event]);
  const { handleEvent } = callback;
  if (typeof handleEvent !== 'function') throw new TypeError('the listener has no method handleEvent');
  return apply(handleEvent, callback, [event]);
};

const callListeners = (target, event, state, capture) => {
  const listeners = mapGet(Listeners.of(target), state.type);
  if (listeners === undefined || state.stopped) return;
  // Those that a listener adds are not called.
  const called = list();
  for (let i = 0; i < listeners.length; i++) called[i] = listeners[i];
  for (let i = 0; i < called.length && !state.stoppedAtOnce; i++) {
    const listener = called[i];
    if (listener.removed || listener.capture !== capture) continue;
    if (listener.once) removeListener(target, state.type, listener.callback, capture);
    state.passive = listener.passive;
    try {
      callListener(listener, target, event);
    } catch (thrown) {
      host.reportError(thrown);
    }
    state.passive = false;
  }
};

// Returns whether no listener has canceled the event. What listeners throw is reported.
const dispatch = (target, event) => {
  const state = stateOf(event);
  state.dispatched = true;
  state.target = target;
  state.currentTarget = target;
  state.phase = AT_TARGET;
  callListeners(target, event, state, true);
  callListeners(target, event, state, false);
  state.phase = NONE;
  state.currentTarget = null;
  state.dispatched = false;
  state.stopped = false;
  state.stoppedAtOnce = false;
  return !state.canceled;
};

// Dispatches an event of the platform's own.
const dispatchTrusted = (target, event) => {
  stateOf(event).trusted = true;
  return dispatch(target, event);
};

const callHandler = (handler, target, event) => {
  if (apply(handler, target, [event]) === false) cancel(stateOf(event));
};

// Keeps the place among the listeners that the first handler got.
const setHandler = (target, type, value, run) => {
  const handlers = Listeners.handlersOf(target);
  const handler = handlers[type];
  if (!isObject(value)) {
    if (handler === undefined) return;
    removeListener(target, type, handler.callback, false);
    delete handlers[type];
  } else if (handler !== undefined) {
    handler.value = value;
  } else {
    const made = { __proto__: null, value, callback: undefined };
    made.callback = (event) => {
      if (typeof made.value === 'function') run(made.value, target, event);
    };
    handlers[type] = made;
    addListener(target, type, made.callback, { __proto__: null, capture: false, once: false, passive: false });
  }
};

// Defines the attribute `on...` for events of a type.
const defineHandler = (holder, type, run = callHandler) => {
  const name = `on${type}`;
  const { get, set } = getOwnPropertyDescriptor({
    get [name]() { return Listeners.handlersOf(targetOf(this))[type]?.value ?? null; },
    set [name](value) { setHandler(targetOf(this), type, value, run); },
  }, name);
  defineProperty(holder, name, { __proto__: null, get, set, enumerable: true, configurable: true });
};

const hasListeners = (target, type) => {
  const listeners = mapGet(Listeners.of(target), type);
  return listeners !== undefined && listeners.length > 0;
};

new Listeners(globalThis);
setPrototypeOf(globalThis, EventTarget.prototype);

return {
  __proto__: null,
  Event,
  EventTarget,
  addEventListener: EventTarget.prototype.addEventListener,
  cancelEvent: (event) => cancel(stateOf(event)),
  defineHandler,
  dispatchEvent: EventTarget.prototype.dispatchEvent,
  dispatchTrusted,
  elapsed,
  eventFieldsOf: fieldsOf,
  hasListeners,
  initializeEvent: (event, type, bubbles, cancelable) => initialize(stateOf(event), type, bubbles, cancelable),
  removeEventListener: EventTarget.prototype.removeEventListener,
  timeOrigin,
};
