// Tells listeners of unhandled rejections, and writes them to the console when the execution has ended.
const REJECTIONS_MAX = 1000;
const rejections = new OriginalMap(); // promise → entry
let noting = false;
const thrownByExecution = list(); // empty if it ended otherwise

// V8 calls it through `rejections.py`: with a reason when a promise without a handler is rejected, without
// one when the promise gets a handler later.
const noteRejection = (promise, ...reason) => {
  if (reason.length > 0) {
    const entry = { __proto__: null, promise, reason: reason[0], told: false, canceled: false };
    if (noting && mapSize(rejections) < REJECTIONS_MAX) mapSet(rejections, promise, entry);
    return;
  }
  const entry = mapGet(rejections, promise);
  mapDelete(rejections, promise);
  if (entry?.told) queueTask(() => fireRejection('rejectionhandled', promise, entry.reason));
};

// Tells listeners of the promises that were rejected since it was last called. Returns whether there were any, so that
// promises may now settle.
const tellRejections = () => {
  if (!mayHaveListeners() || mapSize(rejections) === 0) return false;
  const untold = list();
  mapForEach(rejections, (entry) => {
    if (!entry.told) untold[untold.length] = entry;
  });
  for (let i = 0; i < untold.length; i++) {
    const entry = untold[i];
    if (mapGet(rejections, entry.promise) !== entry) continue; // an earlier listener handled it
    entry.told = true;
    entry.canceled = fireRejection('unhandledrejection', entry.promise, entry.reason);
  }
  return untold.length > 0;
};

const reportRejections = () => {
  noting = false;
  const size = mapSize(rejections);
  if (size === 0) return;
  listening = true;
  tellRejections();
  const entries = list();
  mapForEach(rejections, (entry) => {
    entries[entries.length] = entry;
  });
  mapClear(rejections);
  for (let i = 0; i < entries.length; i++) {
    const { reason, canceled } = entries[i];
    const isThrown = thrownByExecution.length > 0 && is(thrownByExecution[0], reason);
    if (!canceled && !isThrown) write('error', ['Uncaught (in promise)', reason]);
  }
  if (size === REJECTIONS_MAX) write('warn', [`no more than ${size} rejected promises are told`]);
  listening = false;
};
