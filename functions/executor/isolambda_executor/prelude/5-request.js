// The request of an execution. The worker writes it here and calls `run` or `begin` (`request_memory.py`): numbers,
// then a program, the input and the context in UTF-16. So each execution runs the same script, which V8 compiles once.
const REQUEST_NUMBERS = 17;
const requestNumbers = new OriginalInt32Array(sharedMemory, 0, REQUEST_NUMBERS);
const TEXTS_AT = 4 * REQUEST_NUMBERS;
const answerBytes = new OriginalUint8Array(sharedMemory, REQUEST_BYTES, ANSWER_BYTES);
const requestCharacters = new OriginalUint16Array(sharedMemory, TEXTS_AT, (REQUEST_BYTES - TEXTS_AT) / 2);
const PROGRAM_LENGTH = 0;
const INPUT_LENGTH = 1;
const CONTEXT_LENGTH = 2;
const LEFT_MS = 3;
const RESULT_BYTES = 4;
const LOG_BYTES = 5;
const ANSWERED = 6;
const OPERATION = 7;
const ARGUMENT = 8;
const OFFSET = 9;
const CALL = 10;
const REPLY = 11; // the id of its operation
const REPLY_ENDS = 12;
const REPLY_FIELDS = 13;
const REPLY_LENGTH = 14;
const MAKES_PROMISES = 15; // whether the worker awaits, before it replies, that they have settled
const READS_CONTEXT = 16; // whether the source has a word that leads to the context

// What the worker stores: texts that the memory is too small for, and the function that rings it.
const fromWorker = { __proto__: null, input: '', context: '', reply: '', ring: undefined };

const takeLarge = (name) => {
  const text = fromWorker[name];
  fromWorker[name] = '';
  return text;
};

// Returns the program, which comes first. The isolate has run no user code yet.
const programAtStart = () => {
  const length = requestNumbers[PROGRAM_LENGTH];
  return apply(fromCharCode, undefined, new OriginalUint16Array(sharedMemory, TEXTS_AT, length));
};

// Sixteen characters at a time: that is several times faster than one.
const charactersAt = (at, length) => {
  const from = requestCharacters;
  const end = at + length;
  let text = '';
  for (; at + 16 <= end; at += 16) {
    text += fromCharCode(
      from[at], from[at + 1], from[at + 2], from[at + 3], from[at + 4], from[at + 5], from[at + 6], from[at + 7],
      from[at + 8], from[at + 9], from[at + 10], from[at + 11], from[at + 12], from[at + 13], from[at + 14], from[at + 15],
    );
  }
  for (; at < end; at++) text += fromCharCode(from[at]);
  return text;
};
