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

// Each WritableStream has a controller, whose signal most code never asks for: its chunks load only then.
export class AbortController {
  #controller;
  #isAborted = false;
  #reason;

  get signal() {
    if (this.#controller === undefined) {
      this.#controller = new (need('abort').AbortController)();
      if (this.#isAborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  abort(reason) {
    if (this.#isAborted) return;
    this.#isAborted = true;
    this.#reason = reason;
    if (this.#controller !== undefined) this.#controller.abort(reason);
  }
}
