// What several algorithms do with bytes.
const { Uint8Array, ceil, viewLength, viewSet } = need('primordials');
const { refuse } = need('crypto_key');

// Compares in a time that depends on the lengths alone.
const areEqual = (one, other) => {
  const length = viewLength(one);
  if (length !== viewLength(other)) return false;
  let differing = 0;
  for (let i = 0; i < length; i++) differing |= one[i] ^ other[i];
  return differing === 0;
};

const part = (bytes, start, end) => {
  const copy = new Uint8Array(end - start);
  for (let i = 0; i < end - start; i++) copy[i] = bytes[start + i];
  return copy;
};

const concat = (parts) => {
  let length = 0;
  for (let i = 0; i < parts.length; i++) length += viewLength(parts[i]);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (let i = 0; i < parts.length; i++) {
    viewSet(bytes, parts[i], at);
    at += viewLength(parts[i]);
  }
  return bytes;
};

// Returns the first bits of a secret; bits of the last byte that were not asked for are zero.
const firstBits = (bytes, bits) => {
  const length = ceil(bits / 8);
  const first = part(bytes, 0, length);
  if (bits % 8 !== 0) first[length - 1] &= 0xff << (8 - (bits % 8));
  return first;
};

// Returns the first bits of an agreed secret, or all for null.
const agreedBits = (secret, bits) => {
  if (bits === null) return secret;
  if (bits > viewLength(secret) * 8) {
    refuse('OperationError', `the secret has ${viewLength(secret) * 8} bits, not ${bits}`);
  }
  return firstBits(secret, bits);
};

return { __proto__: null, agreedBits, areEqual, concat, firstBits, part };
