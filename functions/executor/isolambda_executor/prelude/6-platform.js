// The web platform. It comes in chunks: the text of a chunk is asked of the worker and evaluated when code
// first touches one of its globals, so that code which touches nothing pays for nothing.
const chunks = { __proto__: null }; // what each exports
const numberOfChunk = { __proto__: null };

const host = {
  __proto__: null,
  random: fillRandom,
  write: (level, values) => write(level, values),
  reportError: (thrown) => reportUncaught(thrown),
  setTimer: (callback, delay, ...rest) => startTimer(callback, delay, rest, false),
  clearTimer,
  queueTask,
  isProxy,
  show(tag, fieldsOf) { shownByTag[tag] = fieldsOf; },
  placeOf: (thrown) => placeOfThrown(thrown),
  startedAt: () => startedAt,
  resultBytes: () => resultBytes,
  exceedResult: () => report({ __proto__: null, outcome: 'exceeded_result' }),
  now,
  begin: beginOperation,
  send: (id, fields, bytes) => operating?.send(id, fields, bytes),
  abandon: (id) => operating?.abandon(id),
  pending: pendingOperations,
  domException: { __proto__: null, DOMException: UserDOMException, Fields: DOMExceptionFields },
  expectPromises() { requestNumbers[MAKES_PROMISES] = 1; },
};

// Returns what a chunk exports.
const need = (name) => {
  let exports = chunks[name];
  if (exports === undefined) {
    if (numberOfChunk[name] === undefined) throw new OriginalError(`there is no chunk ${name}: run make libraries`);
    const text = `'use strict';${chunkText(numberOfChunk[name])}\n//# sourceURL=isolambda:${name}`;
    exports = new OriginalFunction('need', 'host', text)(need, host);
    chunks[name] = exports;
  }
  return exports;
};

const replaceGlobal = (name, value) =>
  defineProperty(globalThis, name, { __proto__: null, value, writable: true, configurable: true });

// A handler of events, `on…`, is an accessor, which its chunk defines itself.
const isHandler = (name) => slice(name, 0, 2) === 'on';

// No user code runs yet; and V8 takes several times as long for a descriptor without prototype.
const defineLazily = (chunk, name) => defineProperty(globalThis, name, {
  configurable: true,
  get() {
    const value = need(chunk)[name];
    if (isHandler(name)) return null;
    try {
      replaceGlobal(name, value);
    } catch {
      // Code has frozen the scope: this stays an accessor.
    }
    return value;
  },
  set(value) {
    if (!isHandler(name)) return replaceGlobal(name, value);
    need(chunk);
    globalThis[name] = value;
  },
});

// Returns what the event for a thrown value says.
const placeOfThrown = (thrown) => {
  const text = isErrorLike(thrown) ? `${nameOf(thrown)}: ${messageOf(thrown)}` : inspect(thrown);
  const readable = typeof thrown === 'object' && thrown !== null;
  if (readable) stackOf(thrown); // V8 then says where
  return {
    __proto__: null,
    message: `Uncaught ${shorten(text)}`,
    line: (readable && Place.lineOf(thrown)) || 0,
    column: (readable && Place.columnOf(thrown)) || 0,
  };
};

// Nothing listens at the global scope before its chunk is loaded.
const mayHaveListeners = () => chunks.events !== undefined;

// Reports an uncaught error to listeners, and to the console unless one of them cancels that.
const reportUncaught = (thrown) => {
  try {
    if (mayHaveListeners() && need('global_events').fireError(thrown)) return;
  } catch {
    // User code poisoned what the chunks are made of.
  }
  write('error', ['Uncaught', thrown]);
};

// Returns whether a listener has canceled the report of a rejection.
const fireRejection = (type, promise, reason) => {
  try {
    return need('global_events').fireRejection(type, promise, reason);
  } catch {
    return false;
  }
};
replaceGlobal('self', globalThis);

// `CHUNKS` lists each chunk and its globals.
for (let i = 0; i < CHUNKS.length; i++) {
  const { 0: name, 1: globals } = CHUNKS[i];
  numberOfChunk[name] = i;
  for (let k = 0; k < globals.length; k++) defineLazily(name, globals[k]);
}
