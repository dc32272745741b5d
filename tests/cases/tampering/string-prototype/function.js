String.prototype.charCodeAt = String.prototype.slice = String.prototype.includes = () => { throw 1; };
console.log('x'.repeat(30000));
return 'through';
