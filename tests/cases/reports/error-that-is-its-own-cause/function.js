const error = new Error('round');
error.cause = error;
error.self = {error};
throw error;
