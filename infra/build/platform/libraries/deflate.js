// Deflate and inflate, in pieces.
export { Deflate, Inflate } from 'fflate';
