// SHA-1 and SHA-2 (FIPS 180-4).
const { sha1, sha256, sha384, sha512 } = need('vendor/hashes');

// What the library has for each name.
const HASHES = { __proto__: null, 'SHA-1': sha1, 'SHA-256': sha256, 'SHA-384': sha384, 'SHA-512': sha512 };

const hashOf = (name) => HASHES[name];

const digest = (parameters, bytes) => HASHES[parameters.name](bytes);

return { __proto__: null, digest, hashOf };
