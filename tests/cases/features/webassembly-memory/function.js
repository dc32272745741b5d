const memory = new WebAssembly.Memory({initial: 1, maximum: 65536});
while (true) { memory.grow(100); new Uint8Array(memory.buffer).fill(1); }
