Error.prepareStackTrace = () => 'forged';
throw new TypeError('told');
