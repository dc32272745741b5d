// RSA-OAEP, RSA-PSS and RSASSA-PKCS1-v1_5 (RFC 8017).
const { Uint8Array, ceil, listOf, slice, viewLength } = need('primordials');
const { pairOf, refuse, requireType, requireUsages } = need('crypto_key');
const { areEqual, concat } = need('crypto_bytes');
const { hashOf } = need('crypto_digest');
const { RSA_MOST_BITS } = need('crypto_limits');
const der = need('der');
const { bitsOf, bytesOf, checkPrivate, checkPublic, numberOf, privatePower, publicPower } = need('rsa_numbers');
const { decodeOaep, encodeOaep, encodePkcs1, encodePss, isPss } = need('rsa_encodings');

const MOST_BYTES = RSA_MOST_BITS / 8;

const SIGNING = {
  __proto__: null, public: listOf('verify'), private: listOf('sign'), all: listOf('sign', 'verify'),
};
const USAGES = {
  __proto__: null,
  'RSA-OAEP': {
    __proto__: null,
    public: listOf('encrypt', 'wrapKey'),
    private: listOf('decrypt', 'unwrapKey'),
    all: listOf('encrypt', 'decrypt', 'wrapKey', 'unwrapKey'),
  },
  'RSA-PSS': SIGNING,
  'RSASSA-PKCS1-v1_5': SIGNING,
};

// The name of an algorithm in a JWK: PS256, for example.
const jwkName = (name, hash) => {
  if (name === 'RSA-OAEP') return hash === 'SHA-1' ? 'RSA-OAEP' : `RSA-OAEP-${slice(hash, 4)}`;
  return `${name === 'RSA-PSS' ? 'PS' : 'RS'}${slice(hash, 4)}`;
};

const lengthOf = ({ n }) => ceil(bitsOf(n) / 8);

const materialOf = ({ name, hash }, type, numbers) => ({
  __proto__: null,
  type,
  algorithm: {
    __proto__: null, name, modulusLength: bitsOf(numbers.n), publicExponent: bytesOf(numbers.e), hash,
  },
  handle: numbers,
});

const publicMaterial = (parameters, n, e) => {
  const numbers = { __proto__: null, n, e };
  checkPublic(numbers);
  return materialOf(parameters, 'public', numbers);
};

const privateMaterial = (parameters, numbers) => {
  checkPrivate(numbers);
  return materialOf(parameters, 'private', { __proto__: null, ...numbers, blinding: undefined });
};

const generateKey = (parameters, usages) => {
  const allowed = USAGES[parameters.name];
  requireUsages(usages, allowed.all);
  const { modulusLength, publicExponent } = parameters;
  if (viewLength(publicExponent) > MOST_BYTES) refuse('OperationError', 'the public exponent is too long');
  const numbers = need('rsa_primes').generate(modulusLength, numberOf(publicExponent));
  const { n, e } = numbers;
  return pairOf(
    allowed,
    materialOf(parameters, 'private', { __proto__: null, ...numbers, blinding: undefined }),
    materialOf(parameters, 'public', { __proto__: null, n, e }),
  );
};

// As the members of a private JWK, and in the order of RSAPrivateKey (RFC 8017, appendix A.1.2).
const NUMBERS = listOf('n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi');
const ALGORITHM = der.write(
  der.SEQUENCE, der.bytesOf(6, 9, 42, 134, 72, 134, 247, 13, 1, 1, 1), der.bytesOf(5, 0),
);

const readNumber = (reader) => {
  const bytes = der.readUnsigned(reader);
  if (viewLength(bytes) > MOST_BYTES) refuse('DataError', 'a number of the key is too long');
  return numberOf(bytes);
};

const importJwk = (data, parameters, extractable, usages) => {
  const jwk = need('crypto_jwk');
  const isPrivate = data.d !== undefined;
  const { name, hash } = parameters;
  requireUsages(usages, USAGES[name][isPrivate ? 'private' : 'public']);
  jwk.requireCommon(data, 'RSA', name === 'RSA-OAEP' ? 'enc' : 'sig', extractable, usages);
  if (data.alg !== undefined) jwk.requireValue(data, 'alg', jwkName(name, hash));
  if (data.oth !== undefined) refuse('NotSupportedError', 'a key has two primes, not more');
  const numbers = { __proto__: null };
  for (let i = 0; i < (isPrivate ? NUMBERS.length : 2); i++) {
    const bytes = jwk.decode(data, NUMBERS[i]);
    if (viewLength(bytes) > MOST_BYTES) refuse('DataError', `"${NUMBERS[i]}" of the JWK is too long`);
    numbers[NUMBERS[i]] = numberOf(bytes);
  }
  return isPrivate ? privateMaterial(parameters, numbers) : publicMaterial(parameters, numbers.n, numbers.e);
};

const importKey = (format, data, parameters, extractable, usages) => {
  if (format === 'jwk') return importJwk(data, parameters, extractable, usages);
  const { name } = parameters;
  if (format === 'raw') refuse('NotSupportedError', `${name} has no format "raw"`);
  requireUsages(usages, USAGES[name][format === 'pkcs8' ? 'private' : 'public']);
  const isPrivate = format === 'pkcs8';
  const whole = der.readerOf(isPrivate ? der.readPrivate(data, ALGORITHM) : der.readPublic(data, ALGORITHM));
  const content = der.enter(whole, der.SEQUENCE);
  der.leave(whole);
  if (isPrivate && der.readSmall(content) !== 0) refuse('DataError', 'the key has more than two primes');
  const numbers = { __proto__: null };
  for (let i = 0; i < (isPrivate ? NUMBERS.length : 2); i++) numbers[NUMBERS[i]] = readNumber(content);
  der.leave(content);
  return isPrivate ? privateMaterial(parameters, numbers) : publicMaterial(parameters, numbers.n, numbers.e);
};

const exportJwk = ({ type, algorithm, handle }) => {
  const { encode } = need('crypto_jwk');
  const jwk = { __proto__: null, kty: 'RSA', alg: jwkName(algorithm.name, algorithm.hash) };
  for (let i = 0; i < (type === 'private' ? NUMBERS.length : 2); i++) {
    jwk[NUMBERS[i]] = encode(bytesOf(handle[NUMBERS[i]]));
  }
  return jwk;
};

const exportKey = (format, key) => {
  if (format === 'raw') refuse('NotSupportedError', `${key.algorithm.name} has no format "raw"`);
  if (format === 'jwk') return exportJwk(key);
  const isPrivate = format === 'pkcs8';
  requireType(key, isPrivate ? 'private' : 'public');
  const numbers = listOf();
  if (isPrivate) numbers[0] = der.writeUnsigned(der.bytesOf(0));
  for (let i = 0; i < (isPrivate ? NUMBERS.length : 2); i++) {
    numbers[numbers.length] = der.writeUnsigned(bytesOf(key.handle[NUMBERS[i]]));
  }
  const content = der.write(der.SEQUENCE, concat(numbers));
  return isPrivate ? der.writePrivate(ALGORITHM, content) : der.writePublic(ALGORITHM, content);
};

const encrypt = ({ label = new Uint8Array() }, key, bytes) => {
  requireType(key, 'public');
  const length = lengthOf(key.handle);
  const encoded = encodeOaep(hashOf(key.algorithm.hash), label, bytes, length);
  return bytesOf(publicPower(key.handle, numberOf(encoded)), length);
};

const decrypt = ({ label = new Uint8Array() }, key, bytes) => {
  requireType(key, 'private');
  const length = lengthOf(key.handle);
  const number = viewLength(bytes) === length ? numberOf(bytes) : key.handle.n;
  if (number >= key.handle.n) refuse('OperationError', 'the data cannot be decrypted');
  return decodeOaep(hashOf(key.algorithm.hash), label, bytesOf(privatePower(key.handle, number), length));
};

const sign = ({ name, saltLength }, key, bytes) => {
  requireType(key, 'private');
  const { hash } = key.algorithm;
  const digest = hashOf(hash)(bytes);
  const encoded = name === 'RSA-PSS'
    ? encodePss(hashOf(hash), saltLength, digest, bitsOf(key.handle.n) - 1)
    : encodePkcs1(hash, digest, lengthOf(key.handle));
  if (encoded === undefined) refuse('OperationError', `the key is too short for ${hash}`);
  return bytesOf(privatePower(key.handle, numberOf(encoded)), lengthOf(key.handle));
};

const verify = ({ name, saltLength }, key, signature, bytes) => {
  requireType(key, 'public');
  const { n } = key.handle;
  const length = lengthOf(key.handle);
  if (viewLength(signature) !== length) return false;
  const number = numberOf(signature);
  if (number >= n) return false;
  const { hash } = key.algorithm;
  const digest = hashOf(hash)(bytes);
  const encoded = publicPower(key.handle, number);
  if (name === 'RSA-PSS') {
    const bits = bitsOf(n) - 1;
    return isPss(hashOf(hash), saltLength, digest, bytesOf(encoded, ceil(bits / 8)), bits);
  }
  const expected = encodePkcs1(hash, digest, length);
  return expected !== undefined && areEqual(bytesOf(encoded, length), expected);
};

return { __proto__: null, decrypt, encrypt, exportKey, generateKey, importKey, sign, verify };
