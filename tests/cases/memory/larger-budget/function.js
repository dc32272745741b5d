const kept = [];
for (let i = 0; i < 120; i++) kept.push(new Uint8Array(1 << 20).fill(1));
return kept.length;
