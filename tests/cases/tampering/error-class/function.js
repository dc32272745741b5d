globalThis.Error = class { constructor() { this.message = 'forged'; } };
Error.prepareStackTrace = () => { while (true); };
null.x;
