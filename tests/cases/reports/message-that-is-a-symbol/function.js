const error = new Error('x');
error.message = Symbol('s');
throw error;
