const error = new Error('x');
error.message = null;
throw error;
