// JSON Web Keys (RFC 7517, 7518, 8037).
const {
  Uint8Array, charCodeAt, fromBase64, fromCharCode, isArray, parse, setPrototypeOf, stringify, toBase64, viewLength,
} = need('primordials');
const { isObject, member, toBoolean, toDictionary, toDOMString, toSequence } = need('webidl');
const { refuse } = need('crypto_key');

const text = member(toDOMString);
const OTHER_PRIME = { __proto__: null, d: text, r: text, t: text };
// In the order in which they are read.
const MEMBERS = {
  __proto__: null,
  alg: text,
  crv: text,
  d: text,
  dp: text,
  dq: text,
  e: text,
  ext: member(toBoolean),
  k: text,
  key_ops: member((value) => toSequence(value, toDOMString)),
  kty: text,
  n: text,
  oth: member((value) => toSequence(value, (item) => toDictionary(item, OTHER_PRIME))),
  p: text,
  q: text,
  qi: text,
  use: text,
  x: text,
  y: text,
};

const toJwk = (value) => toDictionary(value, MEMBERS);

const BASE64URL = { __proto__: null, alphabet: 'base64url', omitPadding: true };

const encode = (bytes) => toBase64(bytes, BASE64URL);

// Returns the bytes of a member, of which there is one spelling only.
const decode = (jwk, name) => {
  const value = jwk[name];
  if (value === undefined) refuse('DataError', `the JWK has no "${name}"`);
  let bytes;
  try {
    bytes = fromBase64(value, BASE64URL);
  } catch {
    // refused below
  }
  if (bytes === undefined || encode(bytes) !== value) refuse('DataError', `"${name}" of the JWK is not base64url`);
  return bytes;
};

const requireValue = (jwk, name, value) => {
  if (jwk[name] !== value) refuse('DataError', `"${name}" of the JWK must be "${value}"`);
};

// Checks what all kinds of keys have in common. `use` is what the member of that name must be, if there.
const requireCommon = (jwk, kty, use, extractable, usages) => {
  requireValue(jwk, 'kty', kty);
  if (usages.length > 0 && jwk.use !== undefined) requireValue(jwk, 'use', use);
  const operations = jwk.key_ops;
  if (operations !== undefined) {
    const seen = { __proto__: null };
    for (let i = 0; i < operations.length; i++) {
      if (seen[operations[i]]) refuse('DataError', '"key_ops" of the JWK repeats a usage');
      seen[operations[i]] = true;
    }
    for (let i = 0; i < usages.length; i++) {
      if (!seen[usages[i]]) refuse('DataError', `"key_ops" of the JWK lacks "${usages[i]}"`);
    }
  }
  if (jwk.ext === false && extractable) refuse('DataError', 'the JWK is not extractable');
};

// Reads the text of a JWK that was encrypted. What is not ASCII has no meaning in the members of a key, so that each
// byte may stand for a character.
const parseJwk = (bytes) => {
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  let characters = '';
  for (let i = start; i < viewLength(bytes); i++) characters += fromCharCode(bytes[i]);
  let value;
  try {
    value = parse(characters);
  } catch {
    refuse('DataError', 'the key is not JSON');
  }
  if (!isObject(value) || isArray(value)) refuse('DataError', 'the key is not a JSON Web Key');
  setPrototypeOf(value, null); // members that are missing are not looked up elsewhere
  const jwk = toJwk(value);
  if (jwk.kty === undefined) refuse('DataError', 'the JWK has no "kty"');
  return jwk;
};

const stringifyJwk = (jwk) => {
  const characters = stringify(jwk);
  const bytes = new Uint8Array(characters.length); // all ASCII
  for (let i = 0; i < characters.length; i++) bytes[i] = charCodeAt(characters, i);
  return bytes;
};

return { __proto__: null, decode, encode, parseJwk, requireCommon, requireValue, stringifyJwk, toJwk };
