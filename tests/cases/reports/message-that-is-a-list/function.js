const error = new Error('x');
error.message = ['a', 1];
throw error;
