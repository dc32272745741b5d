const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
const module = await WebAssembly.compile(bytes);
const {instance} = await WebAssembly.instantiate(bytes);
const again = await WebAssembly.instantiate(module, {});
const refused = await WebAssembly.compile(new Uint8Array(4)).catch((error) => error.name);
return [module instanceof WebAssembly.Module, typeof instance, typeof again.exports, refused];
