console.log(new Proxy({}, {getOwnPropertyDescriptor() { while (true); }, ownKeys() { while (true); }}));
