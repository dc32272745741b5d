// Keys from other secrets: HKDF (RFC 5869) and PBKDF2 (RFC 8018).
const { Uint8Array, listOf } = need('primordials');
const { refuse, requireUsages } = need('crypto_key');
const { hashOf } = need('crypto_digest');
const { DERIVED_BYTES } = need('crypto_limits');
const { hkdf } = need('vendor/hashes');

const USAGES = listOf('deriveKey', 'deriveBits');

const importKey = (format, data, { name }, extractable, usages) => {
  requireUsages(usages, USAGES);
  if (format !== 'raw') refuse('NotSupportedError', `${name} has no format "${format}"`);
  if (extractable) refuse('SyntaxError', `a key for ${name} is never extractable`);
  return { __proto__: null, type: 'secret', algorithm: { __proto__: null, name }, handle: data };
};

const deriveBits = (parameters, { handle }, bits) => {
  if (bits === null || bits % 8 !== 0) refuse('OperationError', 'the length must be a multiple of 8');
  const length = bits / 8;
  const hash = hashOf(parameters.hash);
  const most = parameters.name === 'HKDF' ? 255 * hash.outputLen : DERIVED_BYTES;
  if (length > most) refuse('OperationError', `at most ${most} bytes can be derived, not ${length}`);
  if (parameters.name === 'PBKDF2' && parameters.iterations === 0) refuse('OperationError', 'there are no iterations');
  if (length === 0) return new Uint8Array();
  if (parameters.name === 'HKDF') return hkdf(hash, handle, parameters.salt, parameters.info, length);
  return need('pbkdf2').pbkdf2(hash, handle, parameters.salt, parameters.iterations, length);
};

const getKeyLength = () => null;

return { __proto__: null, deriveBits, getKeyLength, importKey };
