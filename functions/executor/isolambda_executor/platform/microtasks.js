// queueMicrotask: an error goes where uncaught ones go, and rejects no promise.
const { apply } = need('primordials');
const { requireArguments, toCallback } = need('webidl');

const run = async (callback) => {
  await undefined;
  try {
    apply(callback, undefined, []);
  } catch (thrown) {
    host.reportError(thrown);
  }
};

const { queueMicrotask } = {
  queueMicrotask(callback) {
    requireArguments(arguments.length, 1, "Failed to execute 'queueMicrotask'");
    run(toCallback(callback));
  },
};

return { __proto__: null, queueMicrotask };
