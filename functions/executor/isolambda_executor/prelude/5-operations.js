// Operations of the trusted side. Their script comes when the first begins (`later/operations.js`).
let operating; // what it exports, if the execution has begun any

const beginOperation = (kind, fields, onReply) => {
  if (!timing) throw new OriginalTypeError(`${kind} is possible only while an execution runs`);
  operating ??= later('operations');
  return operating.begin(kind, fields, onReply);
};

const pendingOperations = () => (operating === undefined ? 0 : operating.pending());

const endOperations = () => {
  if (operating === undefined) return;
  operating.end();
  operating = undefined;
};
