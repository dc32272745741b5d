Object.prototype.toJSON = Array.prototype.toJSON = () => 'forged';
throw Object.assign(new Error('x', {cause: [1]}), {toJSON: () => 'forged', n: {a: 1}});
