const kept = [];
let refused = 0;
while (refused < 3) {
  try { kept.push(new Uint8Array(8 << 20).fill(1)); } catch { refused++; }
}
return refused;
