// What chunks do with arrays of bytes.
const {
  Uint8Array, apply, charCodeAt, fromCharCode, list, viewBuffer, viewLength, viewOffset, viewSet,
} = need('primordials');

// Returns a view of a part; no method of arrays does so without asking user code for a class.
const bytesBetween = (bytes, start, end) => new Uint8Array(viewBuffer(bytes), viewOffset(bytes) + start, end - start);

const copyOf = (bytes) => {
  const copy = new Uint8Array(viewLength(bytes));
  viewSet(copy, bytes);
  return copy;
};

// Returns what a promise of bytes holds: bytes themselves would be asked for a `then`, which user code may have added.
const held = (bytes) => ({ __proto__: null, bytes });

// Returns one array of those of a list.
const joinBytes = (parts) => {
  let size = 0;
  for (let i = 0; i < parts.length; i++) size += viewLength(parts[i]);
  const bytes = new Uint8Array(size);
  for (let i = 0, at = 0; i < parts.length; i++) {
    const length = viewLength(parts[i]);
    if (length > 0) viewSet(bytes, parts[i], at); // a detached one has none
    at += length;
  }
  return bytes;
};

const AT_ONCE = 8_192; // arguments of a call

// Returns a text with a character of each byte.
const binaryOf = (bytes) => {
  const size = viewLength(bytes);
  let text = '';
  for (let at = 0; at < size; at += AT_ONCE) {
    text += apply(fromCharCode, undefined, bytesBetween(bytes, at, at + AT_ONCE < size ? at + AT_ONCE : size));
  }
  return text;
};

// Returns a byte of each character.
const bytesOfBinary = (text) => {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = charCodeAt(text, i);
  return bytes;
};

return { __proto__: null, binaryOf, bytesBetween, bytesOfBinary, copyOf, held, joinBytes };
