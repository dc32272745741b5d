// Ed25519 (RFC 8032) and X25519 (RFC 7748).
const { BigInt, listOf, viewLength } = need('primordials');
const { copyBytes, pairOf, refuse, requireType, requireUsages } = need('crypto_key');
const { randomBytes } = need('random');
const { hashOf } = need('crypto_digest');
const { agreedBits, areEqual, concat, part } = need('crypto_bytes');
const { ed25519, x25519 } = need('vendor/curves');

const LENGTH = 32; // of all keys
const SIGNATURE_LENGTH = 64;

const ED25519 = {
  __proto__: null, curve: ed25519, oid: listOf(6, 3, 43, 101, 112), use: 'sig',
  usages: { __proto__: null, public: listOf('verify'), private: listOf('sign'), all: listOf('sign', 'verify') },
};
const AGREEING = listOf('deriveKey', 'deriveBits');
const X25519 = {
  __proto__: null, curve: x25519, oid: listOf(6, 3, 43, 101, 110), use: 'enc',
  usages: { __proto__: null, public: listOf(), private: AGREEING, all: AGREEING },
};
ed25519.Point.BASE.precompute(4); // as in `crypto_ec`
const CURVES = { __proto__: null, Ed25519: ED25519, X25519 };

const materialOf = (name, type, handle) =>
  ({ __proto__: null, type, algorithm: { __proto__: null, name }, handle });

const requireLength = (bytes) => {
  if (viewLength(bytes) !== LENGTH) refuse('DataError', `the key has ${viewLength(bytes)} bytes, not ${LENGTH}`);
};

const publicMaterial = (name, point) => {
  requireLength(point);
  return materialOf(name, 'public', { __proto__: null, point });
};

const privateMaterial = (name, secret) => {
  requireLength(secret);
  return materialOf(name, 'private', { __proto__: null, secret, point: CURVES[name].curve.getPublicKey(secret) });
};

const generateKey = ({ name }, usages) => {
  const allowed = CURVES[name].usages;
  requireUsages(usages, allowed.all);
  const privateKey = privateMaterial(name, randomBytes(LENGTH));
  const publicKey = publicMaterial(name, privateKey.handle.point);
  return pairOf(allowed, privateKey, publicKey);
};

const importJwk = (data, name, extractable, usages) => {
  const jwk = need('crypto_jwk');
  const { use, usages: allowed } = CURVES[name];
  const isPrivate = data.d !== undefined;
  requireUsages(usages, isPrivate ? allowed.private : allowed.public);
  jwk.requireCommon(data, 'OKP', use, extractable, usages);
  jwk.requireValue(data, 'crv', name);
  if (name === 'Ed25519' && data.alg !== undefined && data.alg !== 'EdDSA') jwk.requireValue(data, 'alg', name);
  const point = jwk.decode(data, 'x');
  if (!isPrivate) return publicMaterial(name, point);
  const material = privateMaterial(name, jwk.decode(data, 'd'));
  if (!areEqual(material.handle.point, point)) {
    refuse('DataError', 'the public key does not belong to the private key');
  }
  return material;
};

const algorithmOf = (der, name) => der.write(der.SEQUENCE, der.bytesFrom(CURVES[name].oid));

const importKey = (format, data, { name }, extractable, usages) => {
  if (format === 'jwk') return importJwk(data, name, extractable, usages);
  const allowed = CURVES[name].usages;
  requireUsages(usages, format === 'pkcs8' ? allowed.private : allowed.public);
  if (format === 'raw') return publicMaterial(name, data);
  const der = need('der');
  if (format === 'spki') return publicMaterial(name, der.readPublic(data, algorithmOf(der, name)));
  const inner = der.readerOf(der.readPrivate(data, algorithmOf(der, name)));
  const secret = der.readOctets(inner);
  der.leave(inner);
  return privateMaterial(name, secret);
};

const exportKey = (format, key) => {
  const { name } = key.algorithm;
  const { secret, point } = key.handle;
  if (format === 'jwk') {
    const { encode } = need('crypto_jwk');
    const jwk = { __proto__: null, kty: 'OKP', crv: name, x: encode(point) };
    if (name === 'Ed25519') jwk.alg = name;
    if (key.type === 'private') jwk.d = encode(secret);
    return jwk;
  }
  requireType(key, format === 'pkcs8' ? 'private' : 'public');
  if (format === 'raw') return copyBytes(point);
  const der = need('der');
  if (format === 'spki') return der.writePublic(algorithmOf(der, name), point);
  return der.writePrivate(algorithmOf(der, name), der.write(der.OCTET_STRING, secret));
};

const sign = (parameters, key, bytes) => {
  requireType(key, 'private');
  return ed25519.sign(bytes, key.handle.secret);
};

// Returns a number of the order of bytes of RFC 8032, which begins with the lowest.
const numberOf = (bytes) => {
  let number = 0n;
  for (let i = viewLength(bytes) - 1; i >= 0; i--) number = (number << 8n) | BigInt(bytes[i]);
  return number;
};

// The library checks an equation that more signatures fulfil; the standard wants that of RFC 8032 without cofactor, and
// no points of small order, with which one signature can be valid for many messages.
const isSigned = (point, signature, bytes) => {
  const { Point } = ed25519;
  const order = Point.Fn.ORDER;
  const encodedR = part(signature, 0, LENGTH);
  const s = numberOf(part(signature, LENGTH, SIGNATURE_LENGTH));
  if (s >= order) return false;
  const a = Point.fromBytes(point);
  if (a.isSmallOrder() || Point.fromBytes(encodedR).isSmallOrder()) return false;
  const hash = numberOf(hashOf('SHA-512')(concat(listOf(encodedR, point, bytes)))) % order;
  const r = Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(hash));
  return areEqual(r.toBytes(), encodedR);
};

const verify = (parameters, key, signature, bytes) => {
  requireType(key, 'public');
  if (viewLength(signature) !== SIGNATURE_LENGTH) return false;
  try {
    return isSigned(key.handle.point, signature, bytes);
  } catch {
    return false; // not a point
  }
};

const deriveBits = ({ public: other }, key, bits) => {
  requireType(key, 'private');
  requireType(other, 'public');
  if (other.algorithm.name !== 'X25519') refuse('InvalidAccessError', 'the keys are not of one curve');
  let shared;
  try {
    shared = x25519.getSharedSecret(key.handle.secret, other.handle.point);
  } catch {
    refuse('OperationError', 'the public key gives the same secret to everybody');
  }
  return agreedBits(shared, bits);
};

return { __proto__: null, deriveBits, exportKey, generateKey, importKey, sign, verify };
