// SHA-1, SHA-2, and what is made of them. The other chunks of cryptography take from this one (build.mjs).
export * from '@noble/hashes/utils.js';
export { sha1 } from '@noble/hashes/legacy.js';
export { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
export { hmac } from '@noble/hashes/hmac.js';
export { hkdf } from '@noble/hashes/hkdf.js';
export { pbkdf2 } from '@noble/hashes/pbkdf2.js';
