// The request of an execution. The worker writes it here and calls `run` (`request_memory.py`): numbers, then
// the input and the context in UTF-16. So each execution runs the same script, which V8 compiles once.
const REQUEST_NUMBERS = 15;
const requestNumbers = new OriginalInt32Array(sharedMemory, 0, REQUEST_NUMBERS);
const TEXTS_AT = 4 * REQUEST_NUMBERS;
const answerBytes = new OriginalUint8Array(sharedMemory, REQUEST_BYTES, ANSWER_BYTES);
const requestCharacters = new OriginalUint16Array(sharedMemory, TEXTS_AT, (REQUEST_BYTES - TEXTS_AT) / 2);
const INPUT_LENGTH = 0;
const CONTEXT_LENGTH = 1;
const LEFT_MS = 2;
const RESULT_BYTES = 3;
const LOG_BYTES = 4;
const ANSWERED = 5;
const OPERATION = 6;
const ARGUMENT = 7;
const OFFSET = 8;
const CALL = 9;
const REPLY = 10; // the id of its operation
const REPLY_ENDS = 11;
const REPLY_FIELDS = 12;
const REPLY_LENGTH = 13;
const MAKES_PROMISES = 14; // whether the worker awaits, before it replies, that they have settled

// What the worker stores: texts that the memory is too small for, and the function that rings it.
const fromWorker = { __proto__: null, input: '', context: '', reply: '', ring: undefined };

const takeLarge = (name) => {
  const text = fromWorker[name];
  fromWorker[name] = '';
  return text;
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
