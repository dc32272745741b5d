// Memory that several threads could share comes from the constructor, or out of a module.
const shared = { initial: 1, maximum: 1, shared: true };
const module = new WebAssembly.Module(new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 5, 4, 1, 3, 1, 1, 7, 5, 1, 1, 109, 2, 0,
]));
const { m } = new WebAssembly.Instance(module).exports;
const { Memory } = WebAssembly;
const told = (make) => {
  try {
    return Object.prototype.toString.call(make());
  } catch (error) {
    return error.message;
  }
};
return [
  told(() => new Memory(shared)),
  told(() => Reflect.construct(Memory, [{ ...shared }], Object)),
  told(() => new m.constructor(shared).buffer),
  told(() => m.buffer),
  told(() => Reflect.get(Memory.prototype, 'buffer', m)),
  typeof m.toFixedLengthBuffer,
  typeof m.toResizableBuffer,
  told(() => new Memory({ initial: 1 }).buffer),
  m instanceof Memory,
];
