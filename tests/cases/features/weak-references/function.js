const kept = { n: 1 };
const registry = new FinalizationRegistry(() => {});
registry.register({}, 0);
return [new WeakRef(kept).deref().n, typeof SharedArrayBuffer, typeof WebAssembly, typeof Atomics.waitAsync];
