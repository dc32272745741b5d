// What a function with the feature `webassembly` gets.

// Keeps user code from the buffer of a shared WebAssembly memory, even one that a module makes.
const refuseSharedMemory = () => {
  const { Memory } = OriginalWebAssembly;
  const bufferOf = getter(Memory.prototype, 'buffer');
  const unshared = (buffer) => {
    try {
      sharedLength(buffer);
    } catch {
      return buffer;
    }
    throw new OriginalTypeError('shared memory needs the feature shared_array_buffer');
  };
  defineProperty(Memory.prototype, 'buffer', {
    __proto__: null, get: { buffer() { return unshared(bufferOf(this)); } }.buffer, enumerable: true, configurable: true,
  });
  delete Memory.prototype.toFixedLengthBuffer;
  delete Memory.prototype.toResizableBuffer;
  OriginalWebAssembly.Memory = new Proxy(Memory, {
    __proto__: null,
    construct(target, values, newTarget) {
      const memory = construct(target, values, newTarget);
      unshared(bufferOf(memory));
      return memory;
    },
  });
};

// Count compilations: no timer shows that they still run.
const counted = async (original, values) => {
  const mine = execution;
  underway++;
  try {
    return await apply(original, OriginalWebAssembly, values);
  } finally {
    if (mine === execution) underway--;
  }
};

const countCompilations = () => {
  const { compile, instantiate } = OriginalWebAssembly;
  OriginalWebAssembly.compile = {
    compile(bytes, options = undefined) { return counted(compile, [bytes, options]); },
  }.compile;
  OriginalWebAssembly.instantiate = {
    instantiate(bytes, imports = undefined, options = undefined) {
      return counted(instantiate, [bytes, imports, options]);
    },
  }.instantiate;
};

// The module is compiled when all of the response is there.
const addStreaming = () => {
  const { compile, instantiate } = OriginalWebAssembly;
  const read = async (source) => need('wasm_streaming').readModule(await source);
  OriginalWebAssembly.compileStreaming = {
    async compileStreaming(source, options = undefined) { return compile(await read(source), options); },
  }.compileStreaming;
  OriginalWebAssembly.instantiateStreaming = {
    async instantiateStreaming(source, imports = undefined, options = undefined) {
      return instantiate(await read(source), imports, options);
    },
  }.instantiateStreaming;
};

// Gives the scope WebAssembly, before its user code runs.
const open = (shared) => {
  if (!shared) refuseSharedMemory();
  countCompilations();
  addStreaming();
  replaceGlobal('WebAssembly', OriginalWebAssembly);
};

return { __proto__: null, open };
