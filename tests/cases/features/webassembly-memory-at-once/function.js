return new WebAssembly.Memory({initial: 4000}).buffer.byteLength;
