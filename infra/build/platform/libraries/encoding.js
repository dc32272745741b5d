// Labels, and decoders of UTF-8, UTF-16 and all encodings of one byte a character.
export { normalizeEncoding, TextDecoder } from '@exodus/bytes/encoding-lite.js';
