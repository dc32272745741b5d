// UTF-8 (WHATWG Encoding, 8.1) for chunks that convert whole texts, without the tables of TextDecoder.
const { Uint16Array, Uint8Array, apply, charCodeAt, fromCharCode, viewBuffer, viewLength } = need('primordials');

const UNITS = 4096; // at once, as arguments of a call
const REPLACEMENT = 0xfffd;

// `text` has no lone surrogates.
const encodeUtf8 = (text) => {
  let size = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = charCodeAt(text, i);
    // A surrogate pair has four bytes for its two units.
    if (unit > 0x7f) size += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  const bytes = new Uint8Array(size);
  for (let i = 0, at = 0; i < text.length; i++) {
    const unit = charCodeAt(text, i);
    if (unit < 0x80) {
      bytes[at++] = unit;
    } else if (unit < 0x800) {
      bytes[at++] = 0xc0 | (unit >> 6);
      bytes[at++] = 0x80 | (unit & 0x3f);
    } else if (unit >= 0xd800 && unit < 0xdc00) {
      const point = 0x10000 + ((unit & 0x3ff) << 10) + (charCodeAt(text, ++i) & 0x3ff);
      bytes[at++] = 0xf0 | (point >> 18);
      bytes[at++] = 0x80 | ((point >> 12) & 0x3f);
      bytes[at++] = 0x80 | ((point >> 6) & 0x3f);
      bytes[at++] = 0x80 | (point & 0x3f);
    } else {
      bytes[at++] = 0xe0 | (unit >> 12);
      bytes[at++] = 0x80 | ((unit >> 6) & 0x3f);
      bytes[at++] = 0x80 | (unit & 0x3f);
    }
  }
  return bytes;
};

// Decodes with replacement, and keeps a byte order mark.
const decodeUtf8 = (bytes) => {
  const units = new Uint16Array(UNITS);
  const size = viewLength(bytes);
  let text = '';
  let count = 0;
  let point = 0;
  let missing = 0; // bytes of the sequence
  let lower = 0x80;
  let upper = 0xbf;
  for (let i = 0; i < size; i++) {
    const byte = bytes[i];
    if (missing > 0) {
      if (byte < lower || byte > upper) {
        missing = 0;
        units[count++] = REPLACEMENT;
        i--; // begins the next sequence
      } else {
        point = (point << 6) | (byte & 0x3f);
        if (--missing === 0 && point > 0xffff) {
          units[count++] = 0xd7c0 + (point >> 10);
          units[count++] = 0xdc00 | (point & 0x3ff);
        } else if (missing === 0) {
          units[count++] = point;
        }
      }
      lower = 0x80;
      upper = 0xbf;
    } else if (byte < 0x80) {
      units[count++] = byte;
    } else if (byte >= 0xc2 && byte < 0xe0) {
      missing = 1;
      point = byte & 0x1f;
    } else if (byte >= 0xe0 && byte < 0xf0) {
      missing = 2;
      point = byte & 0x0f;
      if (byte === 0xe0) lower = 0xa0; // shorter sequences exist
      if (byte === 0xed) upper = 0x9f; // surrogates
    } else if (byte >= 0xf0 && byte < 0xf5) {
      missing = 3;
      point = byte & 0x07;
      if (byte === 0xf0) lower = 0x90;
      if (byte === 0xf4) upper = 0x8f; // above U+10FFFF
    } else {
      units[count++] = REPLACEMENT;
    }
    if (count > UNITS - 2) {
      text += apply(fromCharCode, undefined, new Uint16Array(viewBuffer(units), 0, count));
      count = 0;
    }
  }
  if (missing > 0) units[count++] = REPLACEMENT;
  return text + apply(fromCharCode, undefined, new Uint16Array(viewBuffer(units), 0, count));
};

return {
  __proto__: null, decodeUtf8, encodeUtf8,
};
