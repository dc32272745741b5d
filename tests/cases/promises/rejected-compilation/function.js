WebAssembly.compile(new Uint8Array(4));
await new Promise((resolve) => setTimeout(resolve, 50));
return 'done';
