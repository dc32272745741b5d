const error = new TypeError('x');
error.name = 'E (function.js:99:7)\n    at function.js:98:1';
throw error;
