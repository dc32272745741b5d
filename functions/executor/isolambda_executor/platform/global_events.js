// The events of the global scope: uncaught errors, and rejected promises without a handler.
const { apply } = need('primordials');
const { requireArguments } = need('webidl');
const { cancelEvent, defineHandler, dispatchTrusted, hasListeners } = need('events');
const { ErrorEvent, PromiseRejectionEvent, errorFieldsOf } = need('event_kinds');

defineHandler(globalThis, 'error', (handler, target, event) => {
  const fields = errorFieldsOf(event);
  const given = fields && [fields.message, fields.filename, fields.lineno, fields.colno, fields.error];
  const returned = apply(handler, target, given ?? [event]);
  if (returned === (given !== undefined)) cancelEvent(event);
});
defineHandler(globalThis, 'rejectionhandled');
defineHandler(globalThis, 'unhandledrejection');

let reporting = false;

// Returns whether a listener has canceled the event, so that the console shows nothing. What listeners for errors
// throw themselves goes to the console.
const fireError = (thrown) => {
  if (reporting || !hasListeners(globalThis, 'error')) return false;
  reporting = true;
  try {
    const { message, line, column } = host.placeOf(thrown);
    const event = new ErrorEvent('error', {
      __proto__: null, cancelable: true, message, filename: 'function.js', lineno: line, colno: column, error: thrown,
    });
    return !dispatchTrusted(globalThis, event);
  } finally {
    reporting = false;
  }
};

// Returns the same for a rejected promise; `type` is `unhandledrejection` or `rejectionhandled`.
const fireRejection = (type, promise, reason) => {
  if (!hasListeners(globalThis, type)) return false;
  const cancelable = type === 'unhandledrejection';
  const event = new PromiseRejectionEvent(type, { __proto__: null, cancelable, promise, reason });
  return !dispatchTrusted(globalThis, event);
};

const { reportError } = {
  reportError(thrown) {
    requireArguments(arguments.length, 1, "Failed to execute 'reportError'");
    host.reportError(thrown);
  },
};

return { __proto__: null, fireError, fireRejection, reportError };
