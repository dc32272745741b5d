// Snapshots: texts by the name of the test and a number. Those of a test come with the call and go back with the answer.
import { format } from '@vitest/pretty-format';

let stored = {};
let rewrite = false;
let taken = {};
let counts = {};

export const beginSnapshots = (texts, update) => {
  [stored, rewrite, taken, counts] = [texts, update, {}, {}];
};

export const takenSnapshots = () => taken;

export function toMatchSnapshot(received, hint) {
  if (this.isNot) throw new Error('toMatchSnapshot cannot be used with .not');
  const name = hint === undefined ? this.currentTestName : `${this.currentTestName} > ${hint}`;
  counts[name] = (counts[name] ?? 0) + 1;
  const key = `${name} ${counts[name]}`;
  const text = format(received, { escapeString: false, printBasicPrototype: false, printFunctionName: false });
  taken[key] = text;
  const before = rewrite ? undefined : stored[key];
  return {
    pass: before === undefined || before === text,
    message: () => `the snapshot \`${key}\` is another; --update takes it over`,
    actual: text,
    expected: before,
  };
}
