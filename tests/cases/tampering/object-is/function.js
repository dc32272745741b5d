Object.is = () => { throw 1; };
await null;
throw 1;
