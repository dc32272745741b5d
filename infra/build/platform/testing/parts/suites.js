// The tests of a file and the suites around them, in the order in which the file names them.
export const suiteOf = (name, parent, mode) => ({
  name, parent, mode, begun: false, beforeAll: [], afterAll: [], beforeEach: [], afterEach: [],
});
export const file = suiteOf('', undefined, 'run');
export const tests = [];
let suite = file;
let collecting = true;

export const endCollecting = () => { collecting = false; };

// Returns the suites of a test from the file inward.
export const suitesOf = (one) => (one === undefined ? [] : [...suitesOf(one.parent), one]);

export const fullName = ({ name, parent }) => [...suitesOf(parent).slice(1).map((one) => one.name), name].join(' > ');

// Returns where the author's file calls what calls this; the frames of this file are not in a stack.
const placeOfCall = () => {
  const found = /(?:\(|at )([^()\s]+):(\d+):(\d+)\)?$/m.exec(new Error('').stack);
  return found && { file: found[1], line: Number(found[2]), column: Number(found[3]) };
};

const checkName = (word, name) => {
  if (typeof name !== 'string' || name === '') throw new TypeError(`${word} needs a name`);
  if (!collecting) throw new Error(`${word} stands in a test that runs: put it at the top of the file, or into describe`);
};

const addTest = (mode) => (name, run, ...more) => {
  checkName('test', name);
  if (mode !== 'todo' && typeof run !== 'function') throw new TypeError('test needs a function');
  if (more.length > 0) throw new TypeError('test takes a name and a function: its limits are those of the isolambda function');
  tests.push({ name, run, mode, parent: suite, place: placeOfCall() });
};

const addSuite = (mode) => (name, define) => {
  checkName('describe', name);
  const outer = suite;
  suite = suiteOf(name, outer, mode);
  try {
    if (define(suite)?.then) throw new TypeError('describe takes a function that is not async');
  } finally {
    suite = outer;
  }
};

const SHOWN = { d: Number, i: Math.trunc, f: Number, s: String, j: JSON.stringify, o: JSON.stringify };

// Returns the name of a test of a table: %s and the like are the values of its row, $key those of an object's keys.
const nameOfRow = (name, row, at) => {
  const values = [...row];
  const [first] = row;
  return name
    .replace(/%([%#dfijos])/g, (_, kind) => {
      if (kind === '%') return '%';
      return kind === '#' ? at : `${SHOWN[kind](values.shift())}`;
    })
    .replace(/\$(\w+)/g, (text, key) => (Object(first) === first && key in first ? `${first[key]}` : text));
};

const withEach = (add) => {
  add.each = (table) => (name, run) => Array.from(table).forEach((entry, at) => {
    const row = Array.isArray(entry) ? entry : [entry];
    add(nameOfRow(name, row, at), (...rest) => run(...row, ...rest));
  });
  return add;
};

const withModes = (add) => Object.assign(withEach(add('run')), {
  skip: withEach(add('skip')),
  only: withEach(add('only')),
  todo: add('todo'),
  skipIf: (condition) => withEach(add(condition ? 'skip' : 'run')),
  runIf: (condition) => withEach(add(condition ? 'run' : 'skip')),
});

export const test = withModes(addTest);
export const describe = withModes(addSuite);

const hook = (kind) => (run) => {
  checkName(kind, kind);
  suite[kind].push(run);
};
export const beforeAll = hook('beforeAll');
export const afterAll = hook('afterAll');
export const beforeEach = hook('beforeEach');
export const afterEach = hook('afterEach');
