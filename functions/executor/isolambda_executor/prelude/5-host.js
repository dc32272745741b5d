// Host calls: the worker answers on V8's thread (`host_calls.py`).
const CHUNK_TEXT = 1;
const RANDOM_BYTES = 2;
const LOOK_MS = 5;

let calls = 0; // each has a number, so that none takes the answer to another that user code broke off

// Returns the length of this part of the answer.
const askHost = (operation, argument, offset) => {
  calls = calls === 2 ** 31 - 1 ? 1 : calls + 1;
  const mine = calls;
  requestNumbers[OPERATION] = operation;
  requestNumbers[ARGUMENT] = argument;
  requestNumbers[OFFSET] = offset;
  atomicStore(requestNumbers, CALL, mine);
  fromWorker.ring();
  // Without memory for the answer the worker ends the execution.
  while (atomicLoad(requestNumbers, ANSWERED) !== mine) atomicWait(requestNumbers, OPERATION, operation, LOOK_MS);
  return requestNumbers[ARGUMENT];
};

// Several times faster than one character after the other. V8 reads the length of the view without the accessor,
// which user code can replace: that would see this memory.
const AT_ONCE = 4_096; // arguments of a call
const asciiAt = (from, length) => {
  let text = '';
  for (let at = 0; at < length; at += AT_ONCE) {
    const view = new OriginalUint8Array(sharedMemory, from + at, min(AT_ONCE, length - at));
    text += apply(fromCharCode, undefined, view);
  }
  return text;
};

const textsOfChunks = { __proto__: null }; // by number, those that came with another and are not evaluated yet

// Receives the text of a chunk, and of all that it needs and that did not come before, in parts of as many characters
// as the memory holds. The first line says which they are.
const receiveChunks = (number) => {
  let text = '';
  do {
    text += asciiAt(REQUEST_BYTES, askHost(CHUNK_TEXT, number, text.length));
  } while (requestNumbers[OFFSET] > 0);
  let at = indexOf(text, '\n') + 1;
  const lengths = parse(slice(text, 0, at));
  for (let i = 0; i < lengths.length; i++) {
    textsOfChunks[lengths[i][0]] = slice(text, at, at + lengths[i][1]);
    at += lengths[i][1];
  }
};

const chunkText = (number) => {
  if (textsOfChunks[number] === undefined) receiveChunks(number);
  const text = textsOfChunks[number];
  textsOfChunks[number] = undefined;
  return text;
};

// Fills an array of bytes from the kernel's randomness.
const fillRandom = (bytes) => {
  const size = viewLength(bytes);
  for (let at = 0; at < size;) {
    const length = min(askHost(RANDOM_BYTES, size - at, 0), size - at);
    for (let i = 0; i < length; i++) bytes[at + i] = answerBytes[i];
    // A key stays in no memory but its own.
    for (let i = 0; i < length; i++) answerBytes[i] = 0;
    at += length;
  }
};
