// Memory that the worker reads and writes, too: the request of an execution, and console lines behind it.
const sharedMemory = new OriginalSharedArrayBuffer(REQUEST_BYTES + CONSOLE_BYTES);
