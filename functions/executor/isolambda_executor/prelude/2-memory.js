// Memory that the worker reads and writes, too: the request of an execution, an answer to a host call, and
// console lines.
const sharedMemory = new OriginalSharedArrayBuffer(REQUEST_BYTES + ANSWER_BYTES + CONSOLE_BYTES);
