console.log(new Proxy({a: 1}, {getOwnPropertyDescriptor() { while (true); }, ownKeys() { while (true); }}));
