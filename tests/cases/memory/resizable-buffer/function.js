const buffer = new ArrayBuffer(0, {maxByteLength: 1 << 30});
buffer.resize(1 << 29);
new Uint8Array(buffer).fill(1);
return buffer.byteLength;
