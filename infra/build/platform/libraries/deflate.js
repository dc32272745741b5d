// Deflate and inflate, in pieces: zlib.
export { Deflate, Inflate } from 'pako';
