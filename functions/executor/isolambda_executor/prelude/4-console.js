// `console`, as in the Console Standard. No method throws, whatever its arguments, but for labels. Its state is
// bounded, and ends with the execution.
const LABELS = 1_000;
const LABEL_TEXT = 1_000;
const INDENTED_GROUPS = 40; // deeper groups have the same indent

let counts;
let clocks;
let labels;
let refused; // whether a label had no room
let groups;

const resetConsole = () => {
  counts = { __proto__: null };
  clocks = { __proto__: null };
  labels = 0;
  refused = false;
  groups = 0;
};

const print = (level, text) => {
  let by = '';
  for (let i = 0; i < min(groups, INDENTED_GROUPS); i++) by += '  ';
  writeLine(LEVEL[level], by ? by + indented(text, by) : text);
};

const write = (level, values) => print(level, format(values));

const labelOf = (value) => (value === undefined ? 'default' : shorten(`${value}`, LABEL_TEXT));

// Counts one more label, or warns once that there is no room.
const admit = (label) => {
  if (labels < LABELS) return ++labels;
  if (!refused) print('warn', `${stringify(label)} and further labels are not kept: there are ${LABELS}`);
  refused = true;
  return 0;
};

const since = (label) => `${label}: ${max(0, now() - clocks[label])}ms`;
const missesClock = (label) => {
  if (label in clocks) return false;
  print('warn', `Timer ${stringify(label)} does not exist`);
  return true;
};

const openGroup = (values) => {
  if (values.length) write('log', values);
  groups++;
};

const methods = {
  __proto__: null,
  assert(values) {
    if (values[0]) return;
    const begins = typeof values[1] === 'string';
    const rest = listOf(begins ? `Assertion failed: ${values[1]}` : 'Assertion failed');
    for (let i = begins ? 2 : 1; i < values.length; i++) rest[rest.length] = values[i];
    print('error', begins ? format(rest) : joinedValues(rest));
  },
  clear() {
    groups = 0;
  },
  debug: (values) => write('debug', values),
  error: (values) => write('error', values),
  info: (values) => write('info', values),
  log: (values) => write('log', values),
  table: (values) => print('log', later('table').tableText(values[0], values[1]) ?? inspect(values[0])),
  trace: (values) => print('debug', `Trace${values.length ? ': ' : ''}${format(values)}${callerFrames()}`),
  warn: (values) => write('warn', values),
  dir: (values) => print('log', inspect(values[0])),
  dirxml: (values) => write('log', values),
  count(values) {
    const label = values[0];
    if (!(label in counts) && !admit(label)) return;
    counts[label] = (counts[label] ?? 0) + 1;
    print('info', `${label}: ${counts[label]}`);
  },
  countReset(values) {
    const label = values[0];
    if (label in counts) counts[label] = 0;
    else print('warn', `Count for ${stringify(label)} does not exist`);
  },
  group: openGroup,
  groupCollapsed: openGroup,
  groupEnd() {
    groups = max(0, groups - 1);
  },
  time(values) {
    const label = values[0];
    if (label in clocks) print('warn', `Timer ${stringify(label)} already exists`);
    else if (admit(label)) clocks[label] = now();
  },
  timeLog(values) {
    const label = values[0];
    if (!missesClock(label)) print('log', joinedValues(values, 1, since(label)));
  },
  timeEnd(values) {
    const label = values[0];
    if (missesClock(label)) return;
    print('info', since(label));
    delete clocks[label];
    labels--;
  },
};

// Their first argument is a label: an error of its `toString` is the caller's, as the standard has it.
const LABELLED = { __proto__: null, count: true, countReset: true, time: true, timeLog: true, timeEnd: true };

const userConsole = { __proto__: {} };
const names = ownKeys(methods);
for (let i = 0; i < names.length; i++) {
  const name = names[i];
  const run = methods[name];
  userConsole[name] = {
    [name](...values) {
      setPrototypeOf(values, null);
      if (name in LABELLED) values[0] = labelOf(values[0]);
      if (isFull()) return;
      try {
        run(values);
      } catch {
        writeLine(LEVEL.warn, `console.${name} found the stack full`);
      }
    },
  }[name];
}
defineProperty(userConsole, toStringTag, { __proto__: null, value: 'console', configurable: true });
defineProperty(globalThis, 'console', {
  __proto__: null, value: userConsole, writable: true, configurable: true, enumerable: false,
});
