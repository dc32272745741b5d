const error = new Error('x');
error.stack += '\n    at function.js:99:7';
error.message = 'at function.js:98:7';
throw error;
