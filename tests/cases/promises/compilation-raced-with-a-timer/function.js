const late = new Promise((resolve) => setTimeout(resolve, 20000, 'late'));
return Promise.race([WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(() => 'compiled'), late]);
