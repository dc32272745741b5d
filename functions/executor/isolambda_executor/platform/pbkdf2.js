// PBKDF2 with HMAC (RFC 8018, section 5.2). That of the library takes twice as long, for copies of its hashes. Here one
// hash takes in turn the states behind the two blocks of the key, and one block whose padding never changes.
const { Int32Array, Uint8Array, ceil, listOf, viewLength, viewSet } = need('primordials');
const { concat, part } = need('crypto_bytes');
const { createView, hmac } = need('vendor/hashes');

const INNER = 0x36;
const OUTER = 0x5c;
const END = 0x80; // of what is hashed, before zeros and the length

// Returns the state of a hash behind the block of a key.
const stateOf = (hash, key, pad) => {
  const block = new Uint8Array(hash.blockLen);
  viewSet(block, viewLength(key) > hash.blockLen ? hash(key) : key);
  for (let i = 0; i < hash.blockLen; i++) block[i] ^= pad;
  return hash.create().update(block).get();
};

const counterOf = (number) => {
  const counter = new Uint8Array(4);
  createView(counter).setUint32(0, number);
  return counter;
};

const pbkdf2 = (hash, password, salt, iterations, length) => {
  const { blockLen: blockLength, outputLen: size } = hash;
  const words = size / 4;
  const inner = stateOf(hash, password, INNER);
  const outer = stateOf(hash, password, OUTER);
  const work = hash.create();
  const block = new Uint8Array(blockLength);
  const view = createView(block);
  block[size] = END;
  view.setUint32(blockLength - 4, (blockLength + size) * 8);
  const derived = new Uint8Array(ceil(length / size) * size);
  const results = createView(derived);
  const sum = new Int32Array(words);
  for (let number = 1; (number - 1) * size < length; number++) {
    viewSet(block, hmac(hash, password, concat(listOf(salt, counterOf(number)))));
    for (let i = 0; i < words; i++) sum[i] = view.getInt32(4 * i);
    for (let k = 1; k < iterations; k++) {
      work.set(...inner);
      work.process(view, 0);
      const between = work.get();
      for (let i = 0; i < words; i++) view.setInt32(4 * i, between[i]);
      work.set(...outer);
      work.process(view, 0);
      const state = work.get();
      for (let i = 0; i < words; i++) {
        view.setInt32(4 * i, state[i]);
        sum[i] ^= state[i];
      }
    }
    for (let i = 0; i < words; i++) results.setInt32((number - 1) * size + 4 * i, sum[i]);
  }
  return part(derived, 0, length);
};

return { __proto__: null, pbkdf2 };
