// P-256, P-384, P-521, Ed25519 and X25519.
export { p256, p384, p521 } from '@noble/curves/nist.js';
export { ed25519, x25519 } from '@noble/curves/ed25519.js';
