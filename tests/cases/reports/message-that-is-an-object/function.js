const error = new Error('x');
error.message = {code: 5};
throw error;
