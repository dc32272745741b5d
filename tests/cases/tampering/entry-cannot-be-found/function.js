const names = [];
for (let o = globalThis; o; o = Object.getPrototypeOf(o)) names.push(...Object.getOwnPropertyNames(o));
const source = String(new Error().stack) + (function () { try { return String(arguments.callee.caller); } catch (e) { return ''; } })();
return [names.filter((name) => /entry/.test(name)), /entry_[0-9a-f]{32}/.test(source)];
