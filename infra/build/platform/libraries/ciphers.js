// AES.
export { aeskw, cbc, ctr, gcm } from '@noble/ciphers/aes.js';
