// Percent-encoding (WHATWG URL, 1.3).
const {
  Uint8Array, charCodeAt, decodeURIComponent, encodeURIComponent, includes, slice, viewBuffer,
} = need('primordials');

// The percent-encode sets: each has a bit in the flags of the characters that it encodes.
const CONTROL = 1;
const FRAGMENT = 2;
const QUERY = 4;
const SPECIAL_QUERY = 8;
const PATH = 16;
const USERINFO = 32;
const FORM = 64; // except the space, which becomes a plus

const flags = new Uint8Array(128);
const addToSets = (characters, sets) => {
  for (let i = 0; i < characters.length; i++) flags[charCodeAt(characters, i)] |= sets;
};
for (let code = 0; code < 32; code++) flags[code] = 127;
addToSets('\x7f', 127);
addToSets(' ', FRAGMENT | QUERY | SPECIAL_QUERY | PATH | USERINFO);
addToSets('"<>', FRAGMENT | QUERY | SPECIAL_QUERY | PATH | USERINFO | FORM);
addToSets('`', FRAGMENT | PATH | USERINFO | FORM);
addToSets('#', QUERY | SPECIAL_QUERY | PATH | USERINFO | FORM);
addToSets('\'', SPECIAL_QUERY | FORM);
addToSets('?^{}', PATH | USERINFO | FORM);
addToSets('/:;=@[\\]|', USERINFO | FORM);
addToSets('$%&+,!()~', FORM);

const DIGITS = '0123456789ABCDEF';

// `text` has no lone surrogates.
const percentEncode = (text, set) => {
  let result = '';
  let start = 0;
  for (let i = 0; i < text.length;) {
    const code = charCodeAt(text, i);
    if (code < 128 && (flags[code] & set) === 0) {
      i++;
      continue;
    }
    result += slice(text, start, i);
    start = i++;
    if (code < 128) {
      result += `%${DIGITS[code >> 4]}${DIGITS[code & 15]}`;
    } else {
      while (i < text.length && charCodeAt(text, i) > 127) i++;
      result += encodeURIComponent(slice(text, start, i));
    }
    start = i;
  }
  return start ? result + slice(text, start) : text;
};

const digitOf = (code) => {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
};

// Returns the bytes that a text stands for.
const percentDecodeBytes = (text) => {
  const ascii = percentEncode(text, 0);
  const bytes = new Uint8Array(ascii.length);
  let length = 0;
  for (let i = 0; i < ascii.length; i++) {
    const code = charCodeAt(ascii, i);
    const high = code === 37 ? digitOf(charCodeAt(ascii, i + 1)) : -1;
    const low = high >= 0 ? digitOf(charCodeAt(ascii, i + 2)) : -1;
    bytes[length++] = low < 0 ? code : high * 16 + low;
    if (low >= 0) i += 2;
  }
  return new Uint8Array(viewBuffer(bytes), 0, length);
};

// Returns the text whose UTF-8 a text stands for, with replacements for what is no UTF-8.
const percentDecode = (text) => {
  if (!includes(text, '%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return need('utf8').decodeUtf8(percentDecodeBytes(text));
  }
};

return {
  __proto__: null, CONTROL, FORM, FRAGMENT, PATH, QUERY, SPECIAL_QUERY, USERINFO, percentDecode, percentDecodeBytes,
  percentEncode,
};
