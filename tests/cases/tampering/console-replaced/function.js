console.log('kept');
globalThis.console = {log() { throw 1; }};
return 'through';
