// Memory that the worker reads and writes, too: the request of an execution, an answer to a host call, a reply to an
// operation, and console lines.
const REPLY_AT = REQUEST_BYTES + ANSWER_BYTES;
const CONSOLE_AT = REPLY_AT + FIELDS_BYTES + REPLY_BYTES;
const sharedMemory = new OriginalSharedArrayBuffer(CONSOLE_AT + CONSOLE_BYTES);
