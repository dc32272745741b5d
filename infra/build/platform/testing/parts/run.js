// Lists the tests of a file, and runs one of them: each in an execution of its own, with the limits of one.
import { beginAssertions, endAssertions, withDifference } from './expect';
import { beginSnapshots, takenSnapshots } from './snapshots';
import { endCollecting, file, fullName, suitesOf, tests } from './suites';

const modesOf = (one) => [one.mode, ...suitesOf(one.parent).map(({ mode }) => mode)];

const list = () => {
  const focused = tests.some((one) => modesOf(one).includes('only'));
  return tests.map((one) => {
    const modes = modesOf(one);
    const left = modes.includes('skip') || (focused && !modes.includes('only'));
    const mode = modes.includes('todo') ? 'todo' : left ? 'skip' : 'run';
    return { name: fullName(one), mode, place: one.place };
  });
};

const callAll = async (hooks, argument) => {
  for (const hook of hooks) await hook(argument);
};

const runTest = async ({ id, snapshots, update }, context) => {
  const one = tests[id];
  const suites = suitesOf(one.parent);
  beginAssertions(fullName(one));
  beginSnapshots(snapshots, update);
  const argument = { context };
  for (const suite of suites) {
    if (suite.begun) continue;
    await callAll(suite.beforeAll);
    suite.begun = true;
  }
  try {
    for (const suite of suites) await callAll(suite.beforeEach, argument);
    await one.run(argument);
    await endAssertions();
  } finally {
    for (const suite of suites.toReversed()) await callAll(suite.afterEach, argument);
  }
  return takenSnapshots();
};

const endSuites = async () => {
  const begun = new Set([file, ...tests.flatMap((one) => suitesOf(one.parent))]);
  for (const suite of [...begun].toReversed()) if (suite.begun) await callAll(suite.afterAll);
};

export const run = async (call, context) => {
  endCollecting();
  try {
    if (call.do === 'list') return list();
    return await (call.do === 'end' ? endSuites() : runTest(call, context));
  } catch (thrown) {
    throw withDifference(thrown);
  }
};
