// Writes unhandled rejections to the console when the execution has ended.
const REJECTIONS_MAX = 1000;
const rejections = new OriginalMap(); // promise → reason
let noting = false;
const thrownByExecution = list(); // empty if it ended otherwise

// V8 calls it through `rejections.py`: with a reason when a promise without a handler is rejected, without
// one when the promise gets a handler later.
const noteRejection = (promise, ...reason) => {
  if (reason.length === 0) mapDelete(rejections, promise);
  else if (noting && mapSize(rejections) < REJECTIONS_MAX) mapSet(rejections, promise, reason[0]);
};

const reportRejections = () => {
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
    if (thrownByExecution.length === 0 || !is(thrownByExecution[0], reasons[i])) write('error', ['Uncaught (in promise)', reasons[i]]);
  }
  if (size === REJECTIONS_MAX) write('warn', [`no more than ${size} rejected promises are told`]);
  listening = false;
};
