const error = new Error('plain');
Object.setPrototypeOf(error, null);
throw error;
