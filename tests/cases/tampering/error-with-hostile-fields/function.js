const error = new Error('x');
Object.defineProperty(error, 'name', {get() { throw 1; }});
Object.defineProperty(error, 'message', {get() { throw 2; }});
Object.defineProperty(error, 'stack', {get() { throw 3; }});
throw error;
