Object.prototype.outcome = 'hacked';
Object.prototype.error = {};
Object.prototype.toJSON = undefined;
Object.defineProperty(Object.prototype, 'logs', {get() { throw 1; }, set() { throw 2; }});
console.log('still here');
throw new Error('told');
