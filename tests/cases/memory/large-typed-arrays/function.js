const kept = [];
while (true) kept.push(new Uint8Array(50 << 20).fill(1));
