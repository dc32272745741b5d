// AES (FIPS 197) with CBC, CTR (SP 800-38A), GCM (SP 800-38D) and key wrapping (RFC 3394).
const { BigInt, Number, ceil, errorPrototype, getPrototypeOf, listOf, viewLength } = need('primordials');
const { copyBytes, refuse, requireUsages } = need('crypto_key');
const { randomBytes } = need('random');
const { areEqual, concat, part } = need('crypto_bytes');
const { aeskw, cbc, ctr, gcm } = need('vendor/ciphers');

const BLOCK = 16;
const WRAPPING = listOf('wrapKey', 'unwrapKey');
const ENCRYPTING = listOf('encrypt', 'decrypt', 'wrapKey', 'unwrapKey');

const usagesOf = (name) => (name === 'AES-KW' ? WRAPPING : ENCRYPTING);

const isLength = (bits) => bits === 128 || bits === 192 || bits === 256;

const materialOf = (name, handle) => ({
  __proto__: null,
  type: 'secret',
  algorithm: { __proto__: null, name, length: viewLength(handle) * 8 },
  handle,
});

const getKeyLength = ({ length }) =>
  (isLength(length) ? length : refuse('OperationError', `AES has keys of 128, 192 and 256 bits, not of ${length}`));

const generateKey = (parameters, usages) => {
  requireUsages(usages, usagesOf(parameters.name));
  return materialOf(parameters.name, randomBytes(getKeyLength(parameters) / 8));
};

// The name of the algorithm in a JWK: A128GCM, for example.
const jwkName = (name, bits) => `A${bits}${name === 'AES-CBC' ? 'CBC' : name === 'AES-CTR' ? 'CTR'
  : name === 'AES-GCM' ? 'GCM' : 'KW'}`;

const importKey = (format, data, { name }, extractable, usages) => {
  requireUsages(usages, usagesOf(name));
  if (format !== 'raw' && format !== 'jwk') refuse('NotSupportedError', `${name} has no format "${format}"`);
  const bytes = format === 'raw' ? data : need('crypto_jwk').decode(data, 'k');
  const bits = viewLength(bytes) * 8;
  if (!isLength(bits)) refuse('DataError', `AES has keys of 128, 192 and 256 bits, not of ${bits}`);
  if (format === 'jwk') {
    const jwk = need('crypto_jwk');
    if (data.alg !== undefined) jwk.requireValue(data, 'alg', jwkName(name, bits));
    jwk.requireCommon(data, 'oct', 'enc', extractable, usages);
  }
  return materialOf(name, bytes);
};

const exportKey = (format, { algorithm, handle }) => {
  if (format === 'raw') return copyBytes(handle);
  if (format !== 'jwk') refuse('NotSupportedError', `${algorithm.name} has no format "${format}"`);
  return {
    __proto__: null,
    kty: 'oct',
    k: need('crypto_jwk').encode(handle),
    alg: jwkName(algorithm.name, algorithm.length),
  };
};

const requireBlock = (bytes, what) => {
  const length = viewLength(bytes);
  if (length !== BLOCK) refuse('OperationError', `the ${what} has ${length} bytes, not ${BLOCK}`);
};

const MODES = { __proto__: null };

MODES['AES-CBC'] = {
  __proto__: null,
  encrypt({ iv }, key, bytes) {
    requireBlock(iv, 'iv');
    return cbc(key, iv).encrypt(bytes);
  },
  decrypt({ iv }, key, bytes) {
    requireBlock(iv, 'iv');
    if (viewLength(bytes) === 0) refuse('OperationError', 'the data has no block');
    return cbc(key, iv).decrypt(bytes);
  },
};

// The library counts with all bits of the counter; here its last bits alone may count, and begin again from zero.
const count = ({ counter, length }, key, bytes) => {
  requireBlock(counter, 'counter');
  if (length === 0 || length > 128) refuse('OperationError', `1 to 128 bits count, not ${length}`);
  const values = 1n << BigInt(length);
  const blocks = BigInt(ceil(viewLength(bytes) / BLOCK));
  if (blocks > values) refuse('OperationError', `${length} bits count to fewer than ${blocks} blocks`);
  let value = 0n;
  for (let i = 0; i < BLOCK; i++) value = (value << 8n) | BigInt(counter[i]);
  const untilZero = values - (value & (values - 1n));
  if (blocks <= untilZero) return ctr(key, counter).encrypt(bytes);
  const split = Number(untilZero) * BLOCK;
  const restarted = copyBytes(counter);
  for (let bit = 0; bit < length; bit++) restarted[BLOCK - 1 - (bit >> 3)] &= ~(1 << (bit & 7));
  return concat(listOf(
    ctr(key, counter).encrypt(part(bytes, 0, split)),
    ctr(key, restarted).encrypt(part(bytes, split, viewLength(bytes))),
  ));
};
MODES['AES-CTR'] = { __proto__: null, encrypt: count, decrypt: count };

const TAG = 16; // bytes that the library makes
const TAG_LENGTHS = { __proto__: null, 32: 4, 64: 8, 96: 12, 104: 13, 112: 14, 120: 15, 128: 16 };
const LEAST_IV = 8; // bytes, of the library
const tagOf = ({ iv, tagLength = 128 }) => {
  const length = viewLength(iv);
  if (length < LEAST_IV) refuse('OperationError', `the iv has ${length} bytes, not at least ${LEAST_IV}`);
  return TAG_LENGTHS[tagLength] ?? refuse('OperationError', `a tag cannot have ${tagLength} bits`);
};
const seal = ({ iv, additionalData }, key, bytes) => gcm(key, iv, additionalData).encrypt(bytes);
MODES['AES-GCM'] = {
  __proto__: null,
  encrypt(parameters, key, bytes) {
    const tag = tagOf(parameters);
    const sealed = seal(parameters, key, bytes);
    return tag === TAG ? sealed : part(sealed, 0, viewLength(bytes) + tag);
  },
  decrypt(parameters, key, bytes) {
    const tag = tagOf(parameters);
    const length = viewLength(bytes) - tag;
    if (length < 0) refuse('OperationError', 'the data is shorter than the tag');
    if (tag === TAG) return gcm(key, parameters.iv, parameters.additionalData).decrypt(bytes);
    // The library knows whole tags only. Encrypting twice gives the plain text, and then the tag that it has.
    const plain = part(seal(parameters, key, part(bytes, 0, length)), 0, length);
    const expected = seal(parameters, key, plain);
    if (!areEqual(part(expected, length, length + tag), part(bytes, length, length + tag))) {
      refuse('OperationError', 'the data does not belong to the tag');
    }
    return plain;
  },
};

const requireWrappable = (bytes, least) => {
  const length = viewLength(bytes);
  if (length % 8 !== 0 || length < least) {
    refuse('OperationError', `AES-KW takes a multiple of 8 bytes, at least ${least}, not ${length}`);
  }
};
MODES['AES-KW'] = {
  __proto__: null,
  wrapKey(parameters, key, bytes) {
    requireWrappable(bytes, 16);
    return aeskw(key).encrypt(bytes);
  },
  unwrapKey(parameters, key, bytes) {
    requireWrappable(bytes, 24);
    return aeskw(key).decrypt(bytes);
  },
};

// Data may come from an attacker, who must not learn what is wrong with it. The library throws plain errors.
const operation = (name) => (parameters, { handle }, bytes) => {
  try {
    return MODES[parameters.name][name](parameters, handle, bytes);
  } catch (thrown) {
    if (getPrototypeOf(thrown) === errorPrototype) refuse('OperationError', 'the data cannot be decrypted');
    throw thrown;
  }
};

return {
  __proto__: null,
  decrypt: operation('decrypt'),
  encrypt: operation('encrypt'),
  exportKey,
  generateKey,
  getKeyLength,
  importKey,
  unwrapKey: operation('unwrapKey'),
  wrapKey: operation('wrapKey'),
};
