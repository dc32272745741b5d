// HMAC (FIPS 198-1).
const { TypeError, ceil, listOf, viewLength } = need('primordials');
const { copyBytes, refuse, requireUsages } = need('crypto_key');
const { randomBytes } = need('random');
const { hashOf } = need('crypto_digest');
const { areEqual, firstBits } = need('crypto_bytes');
const { KEY_BITS } = need('crypto_limits');
const { hmac } = need('vendor/hashes');

const USAGES = listOf('sign', 'verify');
const SIGNATURES = { __proto__: null, 'SHA-1': 'HS1', 'SHA-256': 'HS256', 'SHA-384': 'HS384', 'SHA-512': 'HS512' };

const mac = (key, bytes) => hmac(hashOf(key.algorithm.hash), key.handle, bytes);

const sign = (parameters, key, bytes) => mac(key, bytes);

const verify = (parameters, key, signature, bytes) => areEqual(mac(key, bytes), signature);

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
  return material(hash, length ?? bits, firstBits(bytes, length ?? bits));
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
