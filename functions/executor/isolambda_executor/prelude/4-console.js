// console: each line with its level and its time, as many as the limit has room for.
const write = (level, values) => {
  if (isFull()) return;
  let text = '';
  for (let i = 0; i < values.length; i++) text += (i ? ' ' : '') + inspect(values[i]);
  writeLine(LEVEL[level], text);
};

const consoleLevels = ['log', 'debug', 'info', 'warn', 'error', 'trace', 'dir'];
const userConsole = {};
for (let i = 0; i < consoleLevels.length; i++) {
  const name = consoleLevels[i];
  const level = name === 'trace' ? 'debug' : name === 'dir' ? 'log' : name;
  userConsole[name] = { [name]: (...values) => write(level, values) }[name];
}
userConsole.assert = (condition, ...values) => {
  if (!condition) write('error', values.length ? values : ['assertion failed']);
};
defineProperty(globalThis, 'console', {
  __proto__: null, value: userConsole, writable: true, configurable: true, enumerable: false,
});
