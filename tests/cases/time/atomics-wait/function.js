const {SharedArrayBuffer: Shared} = globalThis;
if (!Shared) return 'not here';
Atomics.wait(new Int32Array(new Shared(4)), 0, 0);
