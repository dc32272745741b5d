// How messages become numbers for RSA (RFC 8017, sections 7.1, 9.1 and 9.2).
const { Uint8Array, ceil, listOf, viewLength, viewSet } = need('primordials');
const { refuse } = need('crypto_key');
const { randomBytes } = need('random');
const { areEqual, concat, part } = need('crypto_bytes');
const { bytesFrom } = need('der');

// The mask generation function MGF1.
const maskOf = (hash, seed, length) => {
  const mask = new Uint8Array(length);
  const counter = new Uint8Array(4);
  const size = hash.outputLen;
  for (let i = 0; i * size < length; i++) {
    counter[2] = i >> 8; // a mask has as many bytes as a modulus at most
    counter[3] = i;
    const block = hash(concat(listOf(seed, counter)));
    viewSet(mask, (i + 1) * size <= length ? block : part(block, 0, length - i * size), i * size);
  }
  return mask;
};

const mask = (bytes, by) => {
  const masked = new Uint8Array(viewLength(bytes));
  for (let i = 0; i < viewLength(bytes); i++) masked[i] = bytes[i] ^ by[i];
  return masked;
};

// OAEP. `length` is the number of bytes of the modulus.
const encodeOaep = (hash, label, message, length) => {
  const size = hash.outputLen;
  const most = length - 2 * size - 2;
  if (viewLength(message) > most) {
    refuse('OperationError', `the key takes at most ${most < 0 ? 0 : most} bytes, not ${viewLength(message)}`);
  }
  const block = new Uint8Array(length - size - 1);
  viewSet(block, hash(label));
  const at = viewLength(block) - viewLength(message);
  block[at - 1] = 1;
  viewSet(block, message, at);
  const seed = randomBytes(size);
  const maskedBlock = mask(block, maskOf(hash, seed, viewLength(block)));
  const maskedSeed = mask(seed, maskOf(hash, maskedBlock, size));
  return concat(listOf(new Uint8Array(1), maskedSeed, maskedBlock));
};

// Looks at all bytes whatever they are, and tells nothing about what is wrong.
const decodeOaep = (hash, label, encoded) => {
  const size = hash.outputLen;
  const length = viewLength(encoded);
  const wrong = 'the data cannot be decrypted';
  if (length < 2 * size + 2) refuse('OperationError', wrong);
  const maskedBlock = part(encoded, 1 + size, length);
  const seed = mask(part(encoded, 1, 1 + size), maskOf(hash, maskedBlock, size));
  const block = mask(maskedBlock, maskOf(hash, seed, length - size - 1));
  let faults = encoded[0] | (areEqual(part(block, 0, size), hash(label)) ? 0 : 1);
  let isBefore = 1; // the byte 1 that ends the zeros
  let at = size;
  for (let i = size; i < viewLength(block); i++) {
    const isOne = ((block[i] ^ 1) - 1) >>> 31;
    const isZero = (block[i] - 1) >>> 31;
    faults |= isBefore & (1 ^ isOne) & (1 ^ isZero);
    at += isBefore & (1 ^ isOne);
    isBefore &= 1 ^ isOne;
  }
  if ((faults | isBefore) !== 0) refuse('OperationError', wrong);
  return part(block, at + 1, viewLength(block));
};

// PSS. `bits` are those of the modulus less one.
const encodePss = (hash, saltLength, digest, bits) => {
  const length = ceil(bits / 8);
  const size = hash.outputLen;
  if (length < size + saltLength + 2) {
    refuse('OperationError', `the key is too short for a salt of ${saltLength} bytes`);
  }
  const salt = randomBytes(saltLength);
  const hashed = hash(concat(listOf(new Uint8Array(8), digest, salt)));
  const block = new Uint8Array(length - size - 1);
  block[viewLength(block) - saltLength - 1] = 1;
  viewSet(block, salt, viewLength(block) - saltLength);
  const masked = mask(block, maskOf(hash, hashed, viewLength(block)));
  masked[0] &= 0xff >> (8 * length - bits);
  return concat(listOf(masked, hashed, bytesFrom(listOf(0xbc))));
};

const isPss = (hash, saltLength, digest, encoded, bits) => {
  const length = ceil(bits / 8);
  const size = hash.outputLen;
  if (length < size + saltLength + 2 || viewLength(encoded) !== length || encoded[length - 1] !== 0xbc) return false;
  const masked = part(encoded, 0, length - size - 1);
  const hashed = part(encoded, length - size - 1, length - 1);
  const first = 0xff >> (8 * length - bits);
  if ((masked[0] & ~first) !== 0) return false;
  const block = mask(masked, maskOf(hash, hashed, viewLength(masked)));
  block[0] &= first;
  const at = viewLength(block) - saltLength;
  for (let i = 0; i < at - 1; i++) if (block[i] !== 0) return false;
  if (block[at - 1] !== 1) return false;
  const salt = part(block, at, viewLength(block));
  return areEqual(hashed, hash(concat(listOf(new Uint8Array(8), digest, salt))));
};

// PKCS #1 v1.5, which puts DER that names the hash before the hash itself.
const PREFIXES = {
  __proto__: null,
  'SHA-1': listOf(48, 33, 48, 9, 6, 5, 43, 14, 3, 2, 26, 5, 0, 4, 20),
  'SHA-256': listOf(48, 49, 48, 13, 6, 9, 96, 134, 72, 1, 101, 3, 4, 2, 1, 5, 0, 4, 32),
  'SHA-384': listOf(48, 65, 48, 13, 6, 9, 96, 134, 72, 1, 101, 3, 4, 2, 2, 5, 0, 4, 48),
  'SHA-512': listOf(48, 81, 48, 13, 6, 9, 96, 134, 72, 1, 101, 3, 4, 2, 3, 5, 0, 4, 64),
};
// Returns undefined if the key is too short.
const encodePkcs1 = (hashName, digest, length) => {
  const named = concat(listOf(bytesFrom(PREFIXES[hashName]), digest));
  const size = viewLength(named);
  if (length < size + 11) return undefined;
  const encoded = new Uint8Array(length);
  for (let i = 1; i < length - size - 1; i++) encoded[i] = i === 1 ? 1 : 0xff;
  viewSet(encoded, named, length - size);
  return encoded;
};

return { __proto__: null, decodeOaep, encodeOaep, encodePkcs1, encodePss, isPss };
