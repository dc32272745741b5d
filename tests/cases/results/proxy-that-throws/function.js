return new Proxy({}, {ownKeys() { throw new Error('keys'); }});
