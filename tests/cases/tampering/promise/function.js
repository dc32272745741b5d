Promise.prototype.then = function () { return {then() {}}; };
Promise.resolve = () => 'forged';
globalThis.Promise = null;
await null;
return 'through';
