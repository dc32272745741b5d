return [typeof WebAssembly, typeof SharedArrayBuffer, typeof Atomics];
