// ECDSA and ECDH on the curves of NIST (FIPS 186-5, SP 800-56A).
const { Uint8Array, listOf, viewLength } = need('primordials');
const { copyBytes, pairOf, refuse, requireType, requireUsages } = need('crypto_key');
const { randomBytes } = need('random');
const { agreedBits, areEqual, concat, part } = need('crypto_bytes');
const { p256, p384, p521 } = need('vendor/curves');

const NO_USAGES = listOf();
// What each kind of key is for.
const USAGES = {
  __proto__: null,
  ECDH: { __proto__: null, public: NO_USAGES, private: listOf('deriveKey', 'deriveBits') },
  ECDSA: { __proto__: null, public: listOf('verify'), private: listOf('sign') },
};
const ALL_USAGES = { __proto__: null, ECDH: USAGES.ECDH.private, ECDSA: listOf('sign', 'verify') };

// `oid` is the DER of the curve's object identifier.
const CURVES = {
  __proto__: null,
  'P-256': { __proto__: null, curve: p256, length: 32, oid: listOf(6, 8, 42, 134, 72, 206, 61, 3, 1, 7), jws: 'ES256' },
  'P-384': { __proto__: null, curve: p384, length: 48, oid: listOf(6, 5, 43, 129, 4, 0, 34), jws: 'ES384' },
  'P-521': { __proto__: null, curve: p521, length: 66, oid: listOf(6, 5, 43, 129, 4, 0, 35), jws: 'ES512' },
};

// The first use of a curve makes a table of its base point; that of the library takes twice as long, for a fifth less
// of each later use.
const WINDOW_BITS = 4;
for (const name in CURVES) CURVES[name].curve.Point.BASE.precompute(WINDOW_BITS);

const curveOf = (name) => CURVES[name] ?? refuse('NotSupportedError', `there is no curve "${name}"`);

const attempt = (read, message) => {
  try {
    return read();
  } catch {
    return refuse('DataError', message);
  }
};

// Points are kept as this byte, x and y.
const UNCOMPRESSED = new Uint8Array(1);
UNCOMPRESSED[0] = 4;
const pointOf = ({ curve, length }, bytes) => {
  const size = viewLength(bytes);
  if (size !== 1 + length && size !== 1 + 2 * length) refuse('DataError', 'the point has a wrong length');
  return attempt(() => curve.Point.fromBytes(bytes).toBytes(false), 'the point is not on the curve');
};

const publicOf = ({ curve, length }, secret) => {
  if (viewLength(secret) !== length || !curve.utils.isValidSecretKey(secret)) {
    refuse('DataError', 'the private key is not in the range of the curve');
  }
  return curve.getPublicKey(secret, false);
};

const materialOf = ({ name, namedCurve }, type, handle) =>
  ({ __proto__: null, type, algorithm: { __proto__: null, name, namedCurve }, handle });

const privateMaterial = (parameters, secret, point) =>
  materialOf(parameters, 'private', { __proto__: null, secret, point });

const publicMaterial = (parameters, point) => materialOf(parameters, 'public', { __proto__: null, point });

const generateKey = (parameters, usages) => {
  const { curve } = curveOf(parameters.namedCurve);
  requireUsages(usages, ALL_USAGES[parameters.name]);
  const allowed = USAGES[parameters.name];
  const secret = curve.utils.randomSecretKey(randomBytes(curve.lengths.seed));
  const point = curve.getPublicKey(secret, false);
  return pairOf(allowed, privateMaterial(parameters, secret, point), publicMaterial(parameters, point));
};

// The identifier of the algorithm with that of the curve, in DER.
const algorithmOf = (der, { oid }) => der.write(
  der.SEQUENCE, der.bytesOf(6, 7, 42, 134, 72, 206, 61, 2, 1), der.bytesFrom(oid),
);

const CURVE = 0xa0;
const POINT = 0xa1;
// ECPrivateKey (RFC 5915).
const readSecret = (der, known, bytes) => {
  const whole = der.readerOf(bytes);
  const content = der.enter(whole, der.SEQUENCE);
  der.leave(whole);
  if (der.readSmall(content) !== 1) der.broken();
  const secret = der.readOctets(content);
  if (der.nextTag(content) === CURVE) {
    if (!areEqual(der.rest(der.enter(content, CURVE)), der.bytesFrom(known.oid))) {
      refuse('DataError', 'the key is of another curve');
    }
  }
  const point = publicOf(known, secret);
  if (der.nextTag(content) === POINT) {
    const given = der.enter(content, POINT);
    requireSame(pointOf(known, der.readBits(given)), point);
    der.leave(given);
  }
  der.leave(content);
  return { __proto__: null, secret, point };
};

const requireSame = (given, point) => {
  if (!areEqual(given, point)) refuse('DataError', 'the public key does not belong to the private key');
};

const importJwk = (data, parameters, known, extractable, usages) => {
  const jwk = need('crypto_jwk');
  const isPrivate = data.d !== undefined;
  requireUsages(usages, USAGES[parameters.name][isPrivate ? 'private' : 'public']);
  jwk.requireCommon(data, 'EC', parameters.name === 'ECDSA' ? 'sig' : 'enc', extractable, usages);
  jwk.requireValue(data, 'crv', parameters.namedCurve);
  if (parameters.name === 'ECDSA' && data.alg !== undefined) jwk.requireValue(data, 'alg', known.jws);
  const x = jwk.decode(data, 'x');
  const y = jwk.decode(data, 'y');
  if (viewLength(x) !== known.length || viewLength(y) !== known.length) {
    refuse('DataError', 'the point of the JWK has a wrong length');
  }
  const point = pointOf(known, concat(listOf(UNCOMPRESSED, x, y)));
  if (!isPrivate) return publicMaterial(parameters, point);
  const secret = jwk.decode(data, 'd');
  requireSame(point, publicOf(known, secret));
  return privateMaterial(parameters, secret, point);
};

const importKey = (format, data, parameters, extractable, usages) => {
  const known = curveOf(parameters.namedCurve);
  if (format === 'jwk') return importJwk(data, parameters, known, extractable, usages);
  requireUsages(usages, USAGES[parameters.name][format === 'pkcs8' ? 'private' : 'public']);
  if (format === 'raw') return publicMaterial(parameters, pointOf(known, data));
  const der = need('der');
  if (format === 'spki') {
    return publicMaterial(parameters, pointOf(known, der.readPublic(data, algorithmOf(der, known))));
  }
  const { secret, point } = readSecret(der, known, der.readPrivate(data, algorithmOf(der, known)));
  return privateMaterial(parameters, secret, point);
};

const exportKey = (format, key) => {
  const known = curveOf(key.algorithm.namedCurve);
  const { secret, point } = key.handle;
  if (format === 'jwk') {
    const { encode } = need('crypto_jwk');
    const { length } = known;
    const jwk = {
      __proto__: null,
      kty: 'EC',
      crv: key.algorithm.namedCurve,
      x: encode(part(point, 1, 1 + length)),
      y: encode(part(point, 1 + length, 1 + 2 * length)),
    };
    if (key.type === 'private') jwk.d = encode(secret);
    return jwk;
  }
  requireType(key, format === 'pkcs8' ? 'private' : 'public');
  if (format === 'raw') return copyBytes(point);
  const der = need('der');
  if (format === 'spki') return der.writePublic(algorithmOf(der, known), point);
  return der.writePrivate(algorithmOf(der, known), der.write(
    der.SEQUENCE,
    der.write(der.INTEGER, der.bytesOf(1)),
    der.write(der.OCTET_STRING, secret),
    der.write(POINT, der.write(der.BIT_STRING, der.bytesOf(0), point)),
  ));
};

// The library chooses the secret number of a signature by RFC 6979, with randomness added (3.6).
const sign = ({ hash }, key, bytes) => {
  requireType(key, 'private');
  const { curve, length } = curveOf(key.algorithm.namedCurve);
  return curve.sign(need('crypto_digest').hashOf(hash)(bytes), key.handle.secret, {
    __proto__: null, prehash: false, lowS: false, format: 'compact', extraEntropy: randomBytes(length),
  });
};

const verify = ({ hash }, key, signature, bytes) => {
  requireType(key, 'public');
  const { curve, length } = curveOf(key.algorithm.namedCurve);
  if (viewLength(signature) !== 2 * length) return false;
  const digest = need('crypto_digest').hashOf(hash)(bytes);
  try {
    return curve.verify(signature, digest, key.handle.point, {
      __proto__: null, prehash: false, lowS: false, format: 'compact',
    });
  } catch {
    return false;
  }
};

const deriveBits = ({ public: other }, key, bits) => {
  requireType(key, 'private');
  requireType(other, 'public');
  if (other.algorithm.name !== 'ECDH' || other.algorithm.namedCurve !== key.algorithm.namedCurve) {
    refuse('InvalidAccessError', 'the keys are not of one curve');
  }
  const { curve, length } = curveOf(key.algorithm.namedCurve);
  const shared = curve.getSharedSecret(key.handle.secret, other.handle.point, true);
  return agreedBits(part(shared, 1, 1 + length), bits);
};

return { __proto__: null, deriveBits, exportKey, generateKey, importKey, sign, verify };
