// What libraries find under names of globals (build.mjs), whatever user code has put there.
const urlClass = () => need('url').URL;
export const URL = /* @__PURE__ */ urlClass();

// Randomness from the kernel, as globalThis.crypto.
export const randomness = {
  __proto__: null,
  getRandomValues(bytes) {
    host.random(bytes);
    return bytes;
  },
};
