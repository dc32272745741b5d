const no = () => Promise.reject(new Error('no'));
const late = () => new Promise((resolve, reject) => setTimeout(reject, 10, new Error('late')));
const results = [
  await Promise.allSettled([no(), late()]),
  await Promise.race([1, no(), late()]),
  await Promise.any([no(), 2, late()]),
  await Promise.all([no(), no(), late()]).catch(() => 3),
];
await new Promise((resolve) => setTimeout(resolve, 30));
return results.slice(1);
