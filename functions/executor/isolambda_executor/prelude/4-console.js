// console: each line with its level and its time, as many as the limit has room for.
let lines = list();
let room = 0;
let startedAt = 0;
let listening = false;

const keep = (level, text) => {
  lines[lines.length] = { __proto__: null, level, text, at_ms: max(0, now() - startedAt) };
};

const write = (level, values) => {
  if (!listening || room < 0) return;
  let text = '';
  for (let i = 0; i < values.length; i++) text += (i ? ' ' : '') + inspect(values[i]);
  const bytes = bytesOf(text, room) + 1;
  room -= bytes;
  if (room < 0) keep('warn', 'the limit log_bytes is reached; what follows is not kept');
  else keep(level, text);
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
