let inner;
try { null.a; } catch (error) { inner = error; }
throw new Error(`wrapped: ${inner.stack}\n    at function.js:77:7`);
