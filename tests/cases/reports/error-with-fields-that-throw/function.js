const error = new Error('told', {cause: new Proxy({}, {ownKeys() { throw 1; }})});
Object.defineProperty(error, 'bad', {enumerable: true, get() { throw 2; }});
const {proxy, revoke} = Proxy.revocable({}, {});
revoke();
error.revoked = proxy;
error.good = 1;
throw error;
