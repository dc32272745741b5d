return new Proxy({}, {ownKeys() { while (true); }});
