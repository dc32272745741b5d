const rang = [];
const ids = [];
const began = Date.now();
for (let i = 0; i < 2000; i++) {
  const delay = 1 + ((i * 7919) % 100);
  ids[i] = setTimeout(() => rang.push(delay), delay);
}
const took = Date.now() - began;
for (let i = 0; i < 2000; i += 3) clearTimeout(ids[i]);
await new Promise((resolve) => setTimeout(resolve, 200));
return [rang.length, rang.every((delay, i) => i === 0 || rang[i - 1] <= delay + took)];
