// Promises that are rejected and that nobody handles: told on the console when the execution has ended.
const REJECTIONS_MAX = 1000;
const rejections = new OriginalMap(); // promise → reason
let noting = false;
const told = list(); // what was thrown, if that ended the execution

// V8 calls it, by way of `native.py`: with a reason when a promise is rejected that nobody handles,
// without one when it is handled after all.
const noteRejection = (promise, ...reason) => {
  if (reason.length === 0) mapDelete(rejections, promise);
  else if (noting && mapSize(rejections) < REJECTIONS_MAX) mapSet(rejections, promise, reason[0]);
};

const tellRejections = () => {
  noting = false;
  const size = mapSize(rejections);
  if (size === 0) return;
  const reasons = list();
  mapForEach(rejections, (reason) => {
    reasons[reasons.length] = reason;
  });
  mapClear(rejections);
  listening = true;
  for (let i = 0; i < size; i++) {
    if (told.length === 0 || !is(told[0], reasons[i])) write('error', ['Uncaught (in promise)', reasons[i]]);
  }
  if (size === REJECTIONS_MAX) write('warn', [`no more than ${size} rejected promises are told`]);
  listening = false;
};
