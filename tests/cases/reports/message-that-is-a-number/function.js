const error = new Error('x');
error.message = 404;
throw error;
