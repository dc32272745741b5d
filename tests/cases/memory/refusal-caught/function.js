const first = new Uint8Array(40 << 20).fill(1);
try {
  return new Uint8Array(40 << 20).fill(1).length;
} catch (refusal) {
  return [refusal.name, first.length];
}
