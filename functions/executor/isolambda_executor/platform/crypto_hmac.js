// HMAC (FIPS 198-1).
const { TypeError, ceil, includes, listOf, startsWith, viewLength } = need('primordials');
const { binaryOf } = need('bytes');
const { copyBytes, refuse, requireUsages } = need('crypto_key');
const { randomBytes } = need('random');
const { hashOf } = need('crypto_digest');
const { areEqual, firstBits } = need('crypto_bytes');
const { KEY_BITS } = need('crypto_limits');
const { hmac } = need('vendor/hashes');

const USAGES = listOf('sign', 'verify');
const SIGNATURES = { __proto__: null, 'SHA-1': 'HS1', 'SHA-256': 'HS256', 'SHA-384': 'HS384', 'SHA-512': 'HS512' };

const mac = (key, bytes) => hmac(hashOf(key.algorithm.hash), key.handle, bytes);

// The key of a placeholder is a secret that only the trusted side has: `handle` is the placeholder's text.
const isSealed = (key) => typeof key.handle === 'string';
const sealedMac = (key, bytes) => need('crypto_sealed').sealedMac(key.algorithm.hash, key.handle, bytes);

// Returns the signature, or a promise of what has its `bytes`.
const sign = (parameters, key, bytes) => (isSealed(key) ? sealedMac(key, bytes) : mac(key, bytes));

const verifySealed = async (key, signature, bytes) => {
  const given = copyBytes(signature);
  return areEqual((await sealedMac(key, bytes)).bytes, given);
};

// Returns whether a signature is that of the bytes, or a promise of it.
const verify = (parameters, key, signature, bytes) =>
  (isSealed(key) ? verifySealed(key, signature, bytes) : areEqual(mac(key, bytes), signature));

const requireLength = (length) => {
  if (length > KEY_BITS) refuse('OperationError', `a key has at most ${KEY_BITS} bits, not ${length}`);
};

const blockBits = (hash) => hashOf(hash).blockLen * 8;

const material = (hash, length, handle) =>
  ({ __proto__: null, type: 'secret', algorithm: { __proto__: null, name: 'HMAC', length, hash }, handle });

const generateKey = ({ hash, length = blockBits(hash) }, usages) => {
  requireUsages(usages, USAGES);
  if (length === 0) refuse('OperationError', 'a key needs at least one bit');
  requireLength(length);
  return material(hash, length, firstBits(randomBytes(ceil(length / 8)), length));
};

const PLACEHOLDER = 'iso_secret_';
const PLACEHOLDER_BYTES = PLACEHOLDER.length + 32;

// Returns the text of a placeholder (`context.secrets`), or undefined for other bytes.
const placeholderOf = (bytes) => {
  if (viewLength(bytes) !== PLACEHOLDER_BYTES) return undefined;
  const text = binaryOf(bytes);
  if (!startsWith(text, PLACEHOLDER)) return undefined;
  for (let i = PLACEHOLDER.length; i < PLACEHOLDER_BYTES; i++) if (!includes('0123456789abcdef', text[i])) return undefined;
  return text;
};

const importKey = (format, data, { hash, length }, extractable, usages) => {
  requireUsages(usages, USAGES);
  let bytes = data;
  if (format === 'jwk') {
    const jwk = need('crypto_jwk');
    bytes = jwk.decode(data, 'k');
    jwk.requireCommon(data, 'oct', 'sig', extractable, usages);
    if (data.alg !== undefined) jwk.requireValue(data, 'alg', SIGNATURES[hash]);
  } else if (format !== 'raw') {
    refuse('NotSupportedError', `HMAC has no format "${format}"`);
  }
  const bits = viewLength(bytes) * 8;
  if (bits === 0) refuse('DataError', 'a key needs at least one bit');
  if (length !== undefined && (length > bits || length <= bits - 8)) {
    refuse('DataError', `the key has ${bits} bits, not ${length}`);
  }
  const placeholder = placeholderOf(bytes);
  if (placeholder === undefined) return material(hash, length ?? bits, firstBits(bytes, length ?? bits));
  if (length !== undefined && length !== bits) refuse('DataError', 'the key of a secret is used whole');
  return { __proto__: null, ...material(hash, bits, placeholder), isSealed: true };
};

const exportKey = (format, { algorithm, handle }) => {
  if (format === 'raw') return copyBytes(handle);
  if (format !== 'jwk') refuse('NotSupportedError', `HMAC has no format "${format}"`);
  return {
    __proto__: null, kty: 'oct', k: need('crypto_jwk').encode(handle), alg: SIGNATURES[algorithm.hash],
  };
};

const getKeyLength = ({ hash, length }) => {
  if (length === 0) throw new TypeError('a key needs at least one bit');
  return length ?? blockBits(hash);
};

return { __proto__: null, exportKey, generateKey, getKeyLength, importKey, sign, verify };
