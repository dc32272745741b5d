// SubtleCrypto (Web Cryptography API 14): arguments, and who may do what with which key; the algorithms have chunks of
// their own. An operation is done when its method returns: no other code runs between the reading of an argument and
// its use, and promises show user code final results only.
const { TypeError, Uint8Array, bufferBytes, isView, viewBuffer, viewLength } = need('primordials');
const {
  defineInterface, illegalConstructor, isBufferSource, requireArguments, toBoolean, toBufferSource, toEnum,
  toUnsignedLong,
} = need('webidl');
const { copyBytes, hasItem, makeKey, pickUsages, refuse, shownList, toKey, toUsages } = need('crypto_key');
const { requireBuiltIns } = need('crypto_built_ins');
const { implementation, normalize, supports, toIdentifier } = need('crypto_algorithms');

const toFormat = toEnum({ __proto__: null, raw: true, spki: true, pkcs8: true, jwk: true });

// Returns an `ArrayBuffer` of these bytes and no others.
const bufferOf = (bytes) => {
  const buffer = viewBuffer(bytes);
  return bufferBytes(buffer) === viewLength(bytes) ? buffer : viewBuffer(copyBytes(bytes));
};

// Returns what a view has once all arguments are converted: getters of user code may have detached its buffer.
const present = (bytes) => (viewLength(bytes) > 0 ? bytes : new Uint8Array());

const failed = (method) => `Failed to execute '${method}' on 'SubtleCrypto'`;

const requireAlgorithm = (parameters, key) => {
  if (parameters.name !== key.algorithm.name) {
    refuse('InvalidAccessError', `the key is for ${key.algorithm.name}, not for ${parameters.name}`);
  }
};

// Keys that user code must not learn pass through libraries.
const requireSecrecy = (isExtractable) => {
  if (!isExtractable) requireBuiltIns();
};

const requireUsage = (key, usage) => {
  if (!hasItem(key.usages, usage)) refuse('InvalidAccessError', `the key is not for ${usage}`);
  requireSecrecy(key.extractable || key.type === 'public');
};

// Does an operation on data: one of `encrypt`, `decrypt`, `sign` and `digest`.
const transform = (operation, parameters, key, bytes) =>
  implementation(parameters.name)[operation](parameters, key, bytes);

// What a key signs whose secret is outside comes later.
const bufferWhenDone = async (promise) => bufferOf((await promise).bytes);

const withData = (operation, algorithm, givenKey, data) => {
  const identifier = toIdentifier(algorithm);
  const key = toKey(givenKey);
  const bytes = toBufferSource(data);
  const parameters = normalize(identifier, operation);
  requireAlgorithm(parameters, key);
  requireUsage(key, operation);
  const result = transform(operation, parameters, key, present(bytes));
  return isView(result) ? bufferOf(result) : bufferWhenDone(result);
};

// Makes a secret or private key of what an algorithm made, with the usages asked for.
const finishKey = (material, extractable, usages) => {
  if (material.type !== 'public' && usages.length === 0) refuse('SyntaxError', 'a key needs a usage');
  const isExtractable = extractable && !material.isSealed;
  return makeKey({ __proto__: null, ...material, extractable: isExtractable, usages: pickUsages(usages) });
};

const importKey = (format, data, parameters, extractable, usages) => finishKey(
  implementation(parameters.name).importKey(format, data, parameters, extractable, usages), extractable, usages,
);

// Returns bytes, or a JWK without prototype.
const exportKey = (format, key) => {
  if (!supports(key.algorithm.name, 'exportKey')) {
    refuse('NotSupportedError', `keys for ${key.algorithm.name} have no format`);
  }
  if (!key.extractable) refuse('InvalidAccessError', 'the key is not extractable');
  const exported = implementation(key.algorithm.name).exportKey(format, key);
  return format === 'jwk'
    ? { __proto__: null, ...exported, key_ops: pickUsages(key.usages), ext: key.extractable } : exported;
};

const deriveBits = (parameters, key, length) =>
  implementation(parameters.name).deriveBits(parameters, key, length);

// `wrapKey` and `unwrapKey` take algorithms that have these, and those that encrypt.
const normalizeEither = (identifier, operation, otherwise) => {
  try {
    return { __proto__: null, operation, parameters: normalize(identifier, operation) };
  } catch {
    return { __proto__: null, operation: otherwise, parameters: normalize(identifier, otherwise) };
  }
};

let isMaking = false;
class SubtleCrypto {
  #brand;

  constructor() {
    if (!isMaking) illegalConstructor();
  }

  async encrypt(algorithm, key, data) {
    this.#brand;
    requireArguments(arguments.length, 3, failed('encrypt'));
    return withData('encrypt', algorithm, key, data);
  }

  async decrypt(algorithm, key, data) {
    this.#brand;
    requireArguments(arguments.length, 3, failed('decrypt'));
    return withData('decrypt', algorithm, key, data);
  }

  async sign(algorithm, key, data) {
    this.#brand;
    requireArguments(arguments.length, 3, failed('sign'));
    return withData('sign', algorithm, key, data);
  }

  async verify(algorithm, key, signature, data) {
    this.#brand;
    requireArguments(arguments.length, 4, failed('verify'));
    const identifier = toIdentifier(algorithm);
    const slots = toKey(key);
    const signed = toBufferSource(signature);
    const bytes = toBufferSource(data);
    const parameters = normalize(identifier, 'verify');
    requireAlgorithm(parameters, slots);
    requireUsage(slots, 'verify');
    return implementation(parameters.name).verify(parameters, slots, present(signed), present(bytes));
  }

  async digest(algorithm, data) {
    this.#brand;
    requireArguments(arguments.length, 2, failed('digest'));
    const identifier = toIdentifier(algorithm);
    const bytes = toBufferSource(data);
    const parameters = normalize(identifier, 'digest');
    return bufferOf(implementation(parameters.name).digest(parameters, present(bytes)));
  }

  async generateKey(algorithm, extractable, keyUsages) {
    this.#brand;
    requireArguments(arguments.length, 3, failed('generateKey'));
    const identifier = toIdentifier(algorithm);
    const isExtractable = toBoolean(extractable);
    const usages = toUsages(keyUsages);
    const parameters = normalize(identifier, 'generateKey');
    requireSecrecy(isExtractable);
    const made = implementation(parameters.name).generateKey(parameters, usages);
    if (made.type === 'secret') return finishKey(made, isExtractable, usages);
    const privateKey = finishKey(made.privateKey, isExtractable, pickUsages(usages, made.privateKey.allowed));
    const publicKey = finishKey(made.publicKey, true, pickUsages(usages, made.publicKey.allowed));
    return { publicKey, privateKey };
  }

  async deriveKey(algorithm, baseKey, derivedKeyType, extractable, keyUsages) {
    this.#brand;
    requireArguments(arguments.length, 5, failed('deriveKey'));
    const identifier = toIdentifier(algorithm);
    const slots = toKey(baseKey);
    const derived = toIdentifier(derivedKeyType);
    const isExtractable = toBoolean(extractable);
    const usages = toUsages(keyUsages);
    const parameters = normalize(identifier, 'deriveBits');
    const imported = normalize(derived, 'importKey');
    const measured = normalize(derived, 'getKeyLength');
    requireAlgorithm(parameters, slots);
    requireUsage(slots, 'deriveKey');
    requireSecrecy(isExtractable);
    const length = implementation(measured.name).getKeyLength(measured);
    const secret = deriveBits(parameters, slots, length);
    return importKey('raw', secret, imported, isExtractable, usages);
  }

  async deriveBits(algorithm, baseKey, length = null) {
    this.#brand;
    requireArguments(arguments.length, 2, failed('deriveBits'));
    const identifier = toIdentifier(algorithm);
    const slots = toKey(baseKey);
    const bits = length === null ? null : toUnsignedLong(length);
    const parameters = normalize(identifier, 'deriveBits');
    requireAlgorithm(parameters, slots);
    requireUsage(slots, 'deriveBits');
    return bufferOf(deriveBits(parameters, slots, bits));
  }

  async importKey(format, keyData, algorithm, extractable, keyUsages) {
    this.#brand;
    requireArguments(arguments.length, 5, failed('importKey'));
    const asked = toFormat(format);
    const isBuffer = isBufferSource(keyData);
    const data = isBuffer ? toBufferSource(keyData) : need('crypto_jwk').toJwk(keyData);
    const identifier = toIdentifier(algorithm);
    const isExtractable = toBoolean(extractable);
    const usages = toUsages(keyUsages);
    const parameters = normalize(identifier, 'importKey');
    if (isBuffer === (asked === 'jwk')) {
      throw new TypeError(`the format "${asked}" needs ${isBuffer ? 'a JSON Web Key' : 'an ArrayBuffer or a view'}`);
    }
    return importKey(asked, isBuffer ? copyBytes(data) : data, parameters, isExtractable, usages);
  }

  async exportKey(format, key) {
    this.#brand;
    requireArguments(arguments.length, 2, failed('exportKey'));
    const asked = toFormat(format);
    const exported = exportKey(asked, toKey(key));
    return asked === 'jwk' ? { ...exported, key_ops: shownList(exported.key_ops) } : bufferOf(exported);
  }

  async wrapKey(format, key, wrappingKey, wrapAlgorithm) {
    this.#brand;
    requireArguments(arguments.length, 4, failed('wrapKey'));
    const asked = toFormat(format);
    const slots = toKey(key);
    const wrapping = toKey(wrappingKey);
    const { operation, parameters } = normalizeEither(toIdentifier(wrapAlgorithm), 'wrapKey', 'encrypt');
    requireAlgorithm(parameters, wrapping);
    requireUsage(wrapping, 'wrapKey');
    const exported = exportKey(asked, slots);
    const bytes = asked === 'jwk' ? need('crypto_jwk').stringifyJwk(exported) : exported;
    return bufferOf(transform(operation, parameters, wrapping, bytes));
  }

  async unwrapKey(
    format, wrappedKey, unwrappingKey, unwrapAlgorithm, unwrappedKeyAlgorithm, extractable, keyUsages,
  ) {
    this.#brand;
    requireArguments(arguments.length, 7, failed('unwrapKey'));
    const asked = toFormat(format);
    const wrapped = toBufferSource(wrappedKey);
    const unwrapping = toKey(unwrappingKey);
    const identifier = toIdentifier(unwrapAlgorithm);
    const keyIdentifier = toIdentifier(unwrappedKeyAlgorithm);
    const isExtractable = toBoolean(extractable);
    const usages = toUsages(keyUsages);
    const { operation, parameters } = normalizeEither(identifier, 'unwrapKey', 'decrypt');
    const imported = normalize(keyIdentifier, 'importKey');
    requireAlgorithm(parameters, unwrapping);
    requireUsage(unwrapping, 'unwrapKey');
    requireSecrecy(isExtractable);
    const bytes = transform(operation, parameters, unwrapping, present(wrapped));
    const data = asked === 'jwk' ? need('crypto_jwk').parseJwk(bytes) : bytes;
    return importKey(asked, data, imported, isExtractable, usages);
  }
}
defineInterface(SubtleCrypto);
isMaking = true;
const subtle = new SubtleCrypto();
isMaking = false;

return { __proto__: null, SubtleCrypto, subtle };
