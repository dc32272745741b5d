for (const name of Object.getOwnPropertyNames(Array.prototype)) {
  try { Array.prototype[name] = () => { throw new Error('tampered'); }; } catch {}
}
Object.defineProperty(Array.prototype, 0, {set() { throw new Error('set'); }, get() { return 'got'; }});
Array.prototype[Symbol.iterator] = null;
console.log('a', {b: 1});
return {fine: true};
