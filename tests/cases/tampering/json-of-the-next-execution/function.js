const seen = globalThis.before;
globalThis.before = true;
JSON.parse = () => ({n: 'forged'});
return [call.n, seen ?? null];
