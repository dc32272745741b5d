const P = Promise;
P.prototype.then = P.prototype.catch = P.reject = () => { throw 1; };
Map.prototype.set = Map.prototype.delete = Map.prototype.forEach = () => { throw 2; };
Array.prototype[Symbol.iterator] = Object.prototype.toString = () => { throw 3; };
globalThis.Promise = globalThis.Map = class {};
(async () => { throw 'told'; })();
return 'done';
