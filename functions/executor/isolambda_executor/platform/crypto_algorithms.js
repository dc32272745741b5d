// The algorithms, the operations that each has, and the parameters of each operation (Web Cryptography API 18).
const { TypeError, charCodeAt, toUpperCase, viewKind } = need('primordials');
const {
  isObject, member, requiredMember, toBufferSource, toDictionary, toDOMString, toOctet, toUnsignedLong,
  toUnsignedShort,
} = need('webidl');
const { copyBytes, refuse, toKey } = need('crypto_key');

const ENFORCED = { __proto__: null, enforceRange: true };
const unsignedLong = (value) => toUnsignedLong(value, ENFORCED);
const unsignedShort = (value) => toUnsignedShort(value, ENFORCED);
const octet = (value) => toOctet(value, ENFORCED);

const toIdentifier = (value) => (isObject(value) ? value : toDOMString(value));

const toBigInteger = (value) => {
  if (viewKind(value) !== 'Uint8Array') throw new TypeError('the value is not a Uint8Array');
  return toBufferSource(value);
};

// How members are converted once all are read: buffers are copied, hashes normalized.
const copied = (described) => ({ __proto__: null, ...described, finish: copyBytes });
const hashName = (identifier) => normalize(identifier, 'hash').name;

const NAMED = { __proto__: null, name: requiredMember(toDOMString) };
const buffer = copied(requiredMember(toBufferSource));
const optionalBuffer = copied(member(toBufferSource));
const hash = { __proto__: null, ...requiredMember(toIdentifier), finish: hashName };
const publicKey = requiredMember(toKey);

// Members are in the order in which they are read, after the name.
const NONE = { __proto__: null };
const AES_KEY = { __proto__: null, length: requiredMember(unsignedShort) };
const CBC = { __proto__: null, iv: buffer };
const CTR = { __proto__: null, counter: buffer, length: requiredMember(octet) };
const GCM = { __proto__: null, additionalData: optionalBuffer, iv: buffer, tagLength: member(octet) };
const HMAC = { __proto__: null, hash, length: member(unsignedLong) };
const EC = { __proto__: null, namedCurve: requiredMember(toDOMString) };
const HASHED = { __proto__: null, hash };
const AGREEMENT = { __proto__: null, public: publicKey };
const HKDF = { __proto__: null, hash, info: buffer, salt: buffer };
const PBKDF2 = { __proto__: null, hash, iterations: requiredMember(unsignedLong), salt: buffer };
const RSA_KEY = {
  __proto__: null,
  modulusLength: requiredMember(unsignedLong),
  publicExponent: copied(requiredMember(toBigInteger)),
  hash,
};
const OAEP = { __proto__: null, label: optionalBuffer };
const PSS = { __proto__: null, saltLength: requiredMember(unsignedLong) };

// `hash` is the use of a digest by another algorithm.
const digest = { __proto__: null, chunk: 'crypto_digest', digest: NONE, hash: NONE };
const sha3 = { __proto__: null, chunk: 'crypto_sha3', digest: NONE };

const aes = (operations) => ({
  __proto__: null,
  chunk: 'crypto_aes',
  generateKey: AES_KEY,
  importKey: NONE,
  exportKey: NONE,
  getKeyLength: AES_KEY,
  ...operations,
});

const derivation = (parameters) => ({
  __proto__: null, chunk: 'crypto_kdf', importKey: NONE, deriveBits: parameters, getKeyLength: NONE,
});

const rsa = (operations) => ({
  __proto__: null, chunk: 'crypto_rsa', generateKey: RSA_KEY, importKey: HASHED, exportKey: NONE, ...operations,
});

const ec = (operations) => ({
  __proto__: null, chunk: 'crypto_ec', generateKey: EC, importKey: EC, exportKey: NONE, ...operations,
});

const okp = (operations) => ({
  __proto__: null, chunk: 'crypto_okp', generateKey: NONE, importKey: NONE, exportKey: NONE, ...operations,
});

const ALGORITHMS = {
  __proto__: null,
  'AES-CBC': aes({ encrypt: CBC, decrypt: CBC }),
  'AES-CTR': aes({ encrypt: CTR, decrypt: CTR }),
  'AES-GCM': aes({ encrypt: GCM, decrypt: GCM }),
  'AES-KW': aes({ wrapKey: NONE, unwrapKey: NONE }),
  'ECDH': ec({ deriveBits: AGREEMENT }),
  'ECDSA': ec({ sign: HASHED, verify: HASHED }),
  'Ed25519': okp({ sign: NONE, verify: NONE }),
  'HKDF': derivation(HKDF),
  'HMAC': {
    __proto__: null,
    chunk: 'crypto_hmac',
    sign: NONE,
    verify: NONE,
    generateKey: HMAC,
    importKey: HMAC,
    exportKey: NONE,
    getKeyLength: HMAC,
  },
  'PBKDF2': derivation(PBKDF2),
  'RSA-OAEP': rsa({ encrypt: OAEP, decrypt: OAEP }),
  'RSA-PSS': rsa({ sign: PSS, verify: PSS }),
  'RSASSA-PKCS1-v1_5': rsa({ sign: NONE, verify: NONE }),
  'SHA-1': digest,
  'SHA-256': digest,
  'SHA-384': digest,
  'SHA-512': digest,
  'SHA3-256': sha3,
  'SHA3-384': sha3,
  'SHA3-512': sha3,
  'X25519': okp({ deriveBits: AGREEMENT }),
};

const spellings = { __proto__: null };
for (const spelling in ALGORITHMS) spellings[toUpperCase(spelling)] = spelling;

// Names match without regard to case in ASCII; other characters can have a letter of ASCII as their upper case.
const isAscii = (text) => {
  for (let i = 0; i < text.length; i++) if (charCodeAt(text, i) > 127) return false;
  return true;
};

// Returns the parameters of an operation with the name as it is spelt here.
const normalize = (identifier, operation) => {
  const given = isObject(identifier) ? identifier : { __proto__: null, name: identifier };
  const asked = toDictionary(given, NAMED).name;
  const spelling = isAscii(asked) ? spellings[toUpperCase(asked)] : undefined;
  const members = spelling === undefined ? undefined : ALGORITHMS[spelling][operation];
  if (members === undefined) refuse('NotSupportedError', `"${asked}" cannot be used for ${operation}`);
  const read = toDictionary(given, members);
  for (const key in read) {
    const { finish } = members[key];
    if (finish !== undefined) read[key] = finish(read[key]);
  }
  read.name = spelling;
  return read;
};

const supports = (algorithm, operation) => ALGORITHMS[algorithm][operation] !== undefined;

// Returns the chunk of an algorithm, which has a function of each of its operations.
const implementation = (algorithm) => need(ALGORITHMS[algorithm].chunk);

return { __proto__: null, implementation, normalize, supports, toIdentifier };
