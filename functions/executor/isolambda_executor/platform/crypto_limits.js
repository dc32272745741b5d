// Bounds of the cryptography that the standard leaves open.
return {
  __proto__: null,
  DERIVED_BYTES: 65536, // of one call of PBKDF2
  KEY_BITS: 65536 * 8, // of a key for HMAC that is made
  RSA_LEAST_BITS: 512, // of a modulus
  RSA_MOST_BITS: 4096, // of a modulus
  RSA_MOST_GENERATED_BITS: 4096, // of a modulus that is made
  RSA_EXPONENT_BITS: 64, // of a public exponent
};
