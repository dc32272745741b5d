// UTF-8 (WHATWG Encoding, 8.1), without the tables of other encodings.
const {
  TypeError, Uint16Array, Uint8Array, apply, charCodeAt, fromCharCode, min, slice, viewBuffer, viewLength,
  viewOffset,
} = need('primordials');

const UNITS = 4096; // at once, as arguments of a call
const SHORT = 64; // below it, pieces of text are cheaper than a view
const REPLACEMENT = 0xfffd;

// What the last call of `writeUtf8` took of its text, and wrote; to return both would make an object each time.
let unitsRead = 0;
let bytesWritten = 0;

// Writes as many characters of a text without lone surrogates as fit.
const writeUtf8 = (text, bytes) => {
  const { length } = text;
  const room = viewLength(bytes);
  let at = 0;
  let i = 0;
  for (; i < length; i++) {
    const unit = charCodeAt(text, i);
    if (unit < 0x80) {
      if (at === room) break;
      bytes[at++] = unit;
    } else if (unit < 0x800) {
      if (at + 2 > room) break;
      bytes[at++] = 0xc0 | (unit >> 6);
      bytes[at++] = 0x80 | (unit & 0x3f);
    } else if (unit >= 0xd800 && unit < 0xdc00) {
      if (at + 4 > room) break;
      const point = 0x10000 + ((unit & 0x3ff) << 10) + (charCodeAt(text, ++i) & 0x3ff);
      bytes[at++] = 0xf0 | (point >> 18);
      bytes[at++] = 0x80 | ((point >> 12) & 0x3f);
      bytes[at++] = 0x80 | ((point >> 6) & 0x3f);
      bytes[at++] = 0x80 | (point & 0x3f);
    } else {
      if (at + 3 > room) break;
      bytes[at++] = 0xe0 | (unit >> 12);
      bytes[at++] = 0x80 | ((unit >> 6) & 0x3f);
      bytes[at++] = 0x80 | (unit & 0x3f);
    }
  }
  unitsRead = i;
  bytesWritten = at;
};

// `text` has no lone surrogates.
const encodeUtf8 = (text) => {
  const { length } = text;
  const ascii = new Uint8Array(length);
  let size = length;
  for (let i = 0; i < length; i++) {
    const unit = charCodeAt(text, i);
    if (unit < 0x80) ascii[i] = unit;
    // A surrogate pair has four bytes for its two units.
    else size += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  if (size === length) return ascii;
  const bytes = new Uint8Array(size);
  writeUtf8(text, bytes);
  return bytes;
};

// Returns what was read, in code units, and written, in bytes.
const encodeUtf8Into = (text, bytes) => {
  writeUtf8(text, bytes);
  return { read: unitsRead, written: bytesWritten };
};

// Returns the text of the first code units, or bytes of ASCII, of a view.
const textOf = (View, units, end) => {
  let text = '';
  if (end < SHORT) {
    let i = 0;
    for (; i + 4 <= end; i += 4) text += fromCharCode(units[i], units[i + 1], units[i + 2], units[i + 3]);
    for (; i < end; i++) text += fromCharCode(units[i]);
    return text;
  }
  const { BYTES_PER_ELEMENT } = View;
  for (let i = 0; i < end; i += UNITS) {
    const at = viewOffset(units) + i * BYTES_PER_ELEMENT;
    text += apply(fromCharCode, undefined, new View(viewBuffer(units), at, min(UNITS, end - i)));
  }
  return text;
};

const units = new Uint16Array(UNITS); // of all decoders: no user code runs while one fills it

// Returns a function of bytes, and of whether more will come, that returns their text with a byte order mark. What
// is no UTF-8 becomes U+FFFD, or with `fatal` throws.
const createUtf8Decoder = (fatal) => {
  let point = 0;
  let missing = 0; // bytes of the sequence
  let lower = 0x80;
  let upper = 0xbf;

  const replace = () => {
    missing = 0;
    lower = 0x80;
    upper = 0xbf;
    if (fatal) throw new TypeError('The encoded data was not valid for encoding utf-8');
    return REPLACEMENT;
  };

  const beginSequence = (byte) => {
    if (byte >= 0xc2 && byte < 0xe0) {
      missing = 1;
      point = byte & 0x1f;
    } else if (byte >= 0xe0 && byte < 0xf0) {
      missing = 2;
      point = byte & 0x0f;
      if (byte === 0xe0) lower = 0xa0; // shorter sequences exist
      if (byte === 0xed) upper = 0x9f; // surrogates
    } else {
      missing = 3;
      point = byte & 0x07;
      if (byte === 0xf0) lower = 0x90;
      if (byte === 0xf4) upper = 0x8f; // above U+10FFFF
    }
  };

  return (bytes, goesOn) => {
    const size = viewLength(bytes);
    let i = 0;
    if (missing === 0) while (i < size && bytes[i] < 0x80) i++;
    let text = textOf(Uint8Array, bytes, i);
    if (i === size && (missing === 0 || goesOn)) return text;
    let count = 0;
    for (; i < size; i++) {
      const byte = bytes[i];
      if (missing > 0 && (byte < lower || byte > upper)) {
        units[count++] = replace();
        i--; // begins the next sequence
      } else if (missing > 0) {
        point = (point << 6) | (byte & 0x3f);
        lower = 0x80;
        upper = 0xbf;
        if (--missing === 0 && point > 0xffff) {
          units[count++] = 0xd7c0 + (point >> 10);
          units[count++] = 0xdc00 | (point & 0x3ff);
        } else if (missing === 0) {
          units[count++] = point;
        }
      } else if (byte < 0x80) {
        units[count++] = byte;
      } else if (byte >= 0xc2 && byte < 0xf5) {
        beginSequence(byte);
      } else {
        units[count++] = replace();
      }
      if (count > UNITS - 2) {
        text += textOf(Uint16Array, units, count);
        count = 0;
      }
    }
    if (missing > 0 && !goesOn) units[count++] = replace();
    return text + textOf(Uint16Array, units, count);
  };
};

// Decodes with replacement, and keeps a byte order mark.
const decodeUtf8 = (bytes) => createUtf8Decoder(false)(bytes, false);

// Decodes with replacement, and without a byte order mark.
const decodeText = (bytes) => {
  const text = decodeUtf8(bytes);
  return charCodeAt(text, 0) === 0xfeff ? slice(text, 1) : text;
};

return {
  __proto__: null, createUtf8Decoder, decodeText, decodeUtf8, encodeUtf8, encodeUtf8Into,
};
