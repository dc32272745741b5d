// SHA-3 (FIPS 202), for digests alone.
const { sha3_256, sha3_384, sha3_512 } = need('vendor/sha3');

const HASHES = { __proto__: null, 'SHA3-256': sha3_256, 'SHA3-384': sha3_384, 'SHA3-512': sha3_512 };

const digest = (parameters, bytes) => HASHES[parameters.name](bytes);

return { __proto__: null, digest };
