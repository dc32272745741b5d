[Object, Array, Function, Error, Promise, Map, Set].forEach((c) => { Object.freeze(c); Object.freeze(c.prototype); });
Object.freeze(globalThis);
console.log({a: new Error('e').message});
return {fine: 1};
