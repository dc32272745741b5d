// What libraries find as globalThis.crypto (build.mjs): randomness from the kernel, whatever user code has put there.
export const randomness = {
  __proto__: null,
  getRandomValues(bytes) {
    host.random(bytes);
    return bytes;
  },
};
