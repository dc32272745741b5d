Error.prepareStackTrace = (error, sites) => sites;
const error = new Error('x');
if (error.stack.length !== 1) return;
throw error;
