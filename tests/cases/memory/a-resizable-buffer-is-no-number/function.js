const buffer = new ArrayBuffer(8, {maxByteLength: 2 ** 32});
buffer.resize(2 ** 31);
