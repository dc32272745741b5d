// Randomness of the kernel. A call of the host takes longer than most uses of what it returns, so that small amounts
// come from a pool; its bytes are overwritten as they are handed out, and belong to this isolate alone.
const { Uint8Array, viewLength } = need('primordials');

const POOL_BYTES = 1024;
const LARGE_BYTES = 256;

const pool = new Uint8Array(POOL_BYTES);
let left = 0;

// Fills a `Uint8Array`.
const fillRandom = (bytes) => {
  const length = viewLength(bytes);
  if (length > LARGE_BYTES) {
    host.random(bytes);
    return;
  }
  if (length > left) {
    left = 0; // should the call fail
    host.random(pool);
    left = POOL_BYTES;
  }
  left -= length;
  for (let i = 0; i < length; i++) {
    bytes[i] = pool[left + i];
    pool[left + i] = 0;
  }
};

const randomBytes = (length) => {
  const bytes = new Uint8Array(length);
  fillRandom(bytes);
  return bytes;
};

return { __proto__: null, fillRandom, randomBytes };
