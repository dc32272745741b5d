// Writes console lines to memory that the supervisor reads, however the execution ends (`console.py`). A line
// is its level and time, its length, and its text in UTF-8. The count of used bytes changes last, so that the
// supervisor never reads half a line.
const LEVEL = { __proto__: null, log: 0, debug: 1, info: 2, warn: 3, error: 4 };
const LINES_AT = 8;
const LINE_HEAD = 8;
const TIME_MAX = 2 ** 24 - 1;
const LAST_BYTES = 2048; // a long line leaves this to later lines, or half of what is left
const SHORT_BYTES = 256; // a shorter line is cut only if it does not fit at all
const NOTICE_BYTES = 96;
const HEAD_BYTES_MIN = 96; // keep no less of a cut line than this, with its mark

let bytes;
let usedCell;
let used = 0;
let room = 0;
let limit = 0;
let lost = false; // whether a line had no room
let startedAt = 0;
let listening = false;

const writeAt = (offset) => {
  usedCell = new OriginalInt32Array(sharedMemory, offset, 1);
  bytes = new OriginalUint8Array(sharedMemory, offset + LINES_AT);
};
writeAt(CONSOLE_AT);

const listen = (maxBytes) => {
  limit = maxBytes;
  room = max(0, maxBytes - NOTICE_BYTES);
  used = 0;
  lost = false;
  startedAt = now();
  resetConsole();
  listening = true;
};

// Writes the text at `at`, and returns its end. If it does not fit before `end`, writes the whole characters
// that fit, and returns the complement of their end.
const encode = (text, at, end) => {
  const { length } = text;
  const memory = bytes;
  for (let i = 0; i < length; i++) {
    let code = charCodeAt(text, i);
    if (code < 0x80) {
      if (at >= end) return ~at;
      memory[at++] = code;
      continue;
    }
    if (code >= 0xd800 && code < 0xdc00 && i + 1 < length) {
      const low = charCodeAt(text, i + 1);
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        i++;
      }
    }
    const size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (at + size > end) return ~at;
    memory[at++] = (size === 2 ? 0xc0 : size === 3 ? 0xe0 : 0xf0) | (code >> (6 * (size - 1)));
    for (let left = size - 2; left >= 0; left--) memory[at++] = 0x80 | ((code >> (6 * left)) & 0x3f);
  }
  return at;
};

const commit = (level, end) => {
  const size = end - used - LINE_HEAD;
  const at = min(TIME_MAX, max(0, now() - startedAt));
  bytes[used] = level;
  for (let i = 0; i < 3; i++) bytes[used + 1 + i] = at >> (8 * i);
  for (let i = 0; i < 4; i++) bytes[used + 4 + i] = size >> (8 * i);
  used = end;
  usedCell[0] = used;
};

// Writes once that lines are missing, in the room reserved for that.
const lose = () => {
  if (lost) return;
  lost = true;
  if (limit < NOTICE_BYTES) return;
  room += NOTICE_BYTES;
  commit(LEVEL.warn, encode(`the limit log_bytes is ${limit} bytes; what has no room is not kept`, used + LINE_HEAD, room));
};

const isFull = () => !listening || (lost && used + LINE_HEAD >= room);

const writeLine = (level, text) => {
  if (isFull()) return;
  const start = used + LINE_HEAD;
  const left = room - start;
  const share = max(left - LAST_BYTES, left >> 1);
  let end = left < 0 ? -1 : encode(text, start, start + max(share, min(left, SHORT_BYTES)));
  if (end < 0) {
    if (share < HEAD_BYTES_MIN) return lose();
    const mark = `… (cut: ${text.length} characters; the limit log_bytes is ${limit} bytes)`;
    end = encode(mark, ~encode(text, start, start + share - mark.length - 2), start + share);
  }
  commit(level, end);
};
