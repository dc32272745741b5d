// Host calls: V8's thread asks the worker for something, and waits for it (`host_calls.py`).
const CHUNK_TEXT = 1;
const RANDOM_BYTES = 2;
const LOOK_MS = 0.05; // nothing wakes `Atomics.wait` from outside V8

// Returns the length of the answer, which begins behind the numbers.
const askHost = (operation, argument, offset) => {
  requestNumbers[OPERATION] = operation;
  requestNumbers[ARGUMENT] = argument;
  requestNumbers[OFFSET] = offset;
  atomicStore(requestNumbers, ANSWERED, 0);
  fromWorker.ring();
  while (atomicLoad(requestNumbers, ANSWERED) === 0) atomicWait(requestNumbers, ANSWERED, 0, LOOK_MS);
  return requestNumbers[ARGUMENT];
};

// Returns the text of a chunk, which comes in parts of as many characters as the memory holds.
const chunkText = (number) => {
  let text = '';
  for (let length = 1; length > 0;) {
    length = askHost(CHUNK_TEXT, number, text.length);
    text += charactersAt(0, length);
  }
  return text;
};

// Fills an array of bytes from the kernel's randomness.
const fillRandom = (bytes) => {
  const size = viewLength(bytes);
  for (let at = 0; at < size;) {
    const length = askHost(RANDOM_BYTES, size - at, 0);
    for (let i = 0; i < length; i++) bytes[at + i] = requestBytes[i];
    // A key stays in no memory but its own.
    for (let i = 0; i < length; i++) requestBytes[i] = 0;
    at += length;
  }
};
