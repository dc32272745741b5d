// The body of a response while it comes: parts in order, one reader, and credit for as much as was read.
const { Promise, TypeError, list, promiseReject, promiseResolve, viewLength } = need('primordials');
const { held, joinBytes } = need('bytes');

const CREDIT = 131_072; // bytes to tell at a time: half of what the sender may be ahead

const DONE = { __proto__: null, done: true, value: undefined };
const stepOf = (value) => ({ __proto__: null, done: false, value });

// `onCredit(bytes)` hears how much more may come, and `onOver()` that nothing of it is left to read or wait for.
const newIncoming = (onCredit, onOver) => ({
  __proto__: null,
  parts: list(),
  first: 0, // of the parts that were not read
  uncredited: 0,
  isComplete: false,
  isOver: false,
  failure: undefined, // `{ reason }`
  startedAt: host.startedAt(),
  waiting: undefined, // the functions of the reader's promise
  onFailure: undefined, // of the stream, if there is one
  onCredit,
  onOver,
});

const end = (incoming) => {
  if (incoming.isOver) return;
  incoming.isOver = true;
  incoming.parts = list();
  incoming.first = 0;
  incoming.onOver();
};

const takeWaiting = (incoming) => {
  const { waiting } = incoming;
  incoming.waiting = undefined;
  return waiting;
};

const countRead = (incoming, bytes) => {
  incoming.uncredited += viewLength(bytes);
  if (incoming.uncredited < CREDIT || incoming.isComplete) return;
  incoming.onCredit(incoming.uncredited);
  incoming.uncredited = 0;
};

const addPart = (incoming, bytes) => {
  if (incoming.isOver || viewLength(bytes) === 0) return;
  const waiting = takeWaiting(incoming);
  if (waiting === undefined) {
    incoming.parts[incoming.parts.length] = bytes;
    return;
  }
  countRead(incoming, bytes);
  waiting.resolve(stepOf(bytes));
};

const complete = (incoming) => {
  incoming.isComplete = true;
  if (incoming.first === incoming.parts.length) end(incoming);
  takeWaiting(incoming)?.resolve(DONE);
};

// What was not read is lost.
const fail = (incoming, reason) => {
  if (incoming.isOver) return;
  incoming.failure = { __proto__: null, reason };
  end(incoming);
  takeWaiting(incoming)?.reject(reason);
  incoming.onFailure?.(reason);
};

// Returns a promise of the next part, `{ done, value }`.
const readPart = (incoming) => {
  if (incoming.first < incoming.parts.length) {
    const bytes = incoming.parts[incoming.first];
    incoming.parts[incoming.first++] = undefined;
    if (incoming.first === incoming.parts.length) {
      incoming.parts = list();
      incoming.first = 0;
      if (incoming.isComplete) end(incoming);
    }
    countRead(incoming, bytes);
    return promiseResolve(Promise, stepOf(bytes));
  }
  if (incoming.failure !== undefined) return promiseReject(Promise, incoming.failure.reason);
  if (incoming.isOver) return promiseResolve(Promise, DONE);
  if (incoming.startedAt !== host.startedAt()) {
    return promiseReject(Promise, new TypeError('the execution that fetched this response has ended'));
  }
  return new Promise((resolve, reject) => {
    incoming.waiting = { __proto__: null, resolve, reject };
  });
};

// Returns a promise of all that is left, as `{ bytes }`.
const readAll = async (incoming) => {
  const parts = list();
  for (;;) {
    const step = await readPart(incoming);
    if (step.done) return held(joinBytes(parts));
    parts[parts.length] = step.value;
  }
};

return { __proto__: null, addPart, complete, end, fail, newIncoming, readAll, readPart };
