// SHA-3.
export { sha3_256, sha3_384, sha3_512 } from '@noble/hashes/sha3.js';
