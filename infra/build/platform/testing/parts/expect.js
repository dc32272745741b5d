// `expect`, as Vitest and Jest have it: their matchers, and snapshots of our own.
import {
  ASYMMETRIC_MATCHERS_OBJECT, JestAsymmetricMatchers, JestChaiExpect, JestExtend, chai, customMatchers, getState, setState,
} from '@vitest/expect';
import { printDiffOrStringify } from '@vitest/utils/diff';
import { toMatchSnapshot } from './snapshots';

const OF_ASSERTIONS = ['actual', 'expected', 'showDiff', 'operator', 'generatedMessage', '__vitest_error_context__'];

chai.config.truncateThreshold = 80;
for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin);

export const expect = (value, message) => {
  const state = getState(expect);
  setState({ assertionCalls: state.assertionCalls + 1 }, expect);
  return chai.expect(value, message).withTest(state.task);
};
Object.assign(expect, chai.expect, globalThis[ASYMMETRIC_MATCHERS_OBJECT], {
  getState: () => getState(expect),
  setState: (state) => setState(state, expect),
  extend: (matchers) => chai.expect.extend(expect, matchers),
  assertions: (count) => setState({ expectedAssertions: count }, expect),
  hasAssertions: () => setState({ isExpectingAssertions: true }, expect),
  unreachable: (message) => chai.assert.fail(message ?? 'expected not to come here'),
});
expect.extend(customMatchers);
expect.extend({ toMatchSnapshot });

// Begins to count the assertions of a test.
export const beginAssertions = (fullTestName) => {
  const task = { type: 'test', fullTestName, promises: [], onFinished: [] };
  setState({ assertionCalls: 0, expectedAssertions: null, isExpectingAssertions: false, task }, expect);
};

// Throws unless a test made as many assertions as it was to, and awaited all.
export const endAssertions = async () => {
  const { assertionCalls, expectedAssertions, isExpectingAssertions, task } = getState(expect);
  await Promise.all(task.promises);
  for (const check of task.onFinished) check();
  if (expectedAssertions !== null && expectedAssertions !== assertionCalls) {
    throw new Error(`expected ${expectedAssertions} assertions, and there were ${assertionCalls}`);
  }
  if (isExpectingAssertions && assertionCalls === 0) throw new Error('expected assertions, and there were none');
};

// Puts the difference into the message of what an assertion throws, in the place of the two values.
export const withDifference = (thrown) => {
  if (!(thrown instanceof Error) || !('actual' in thrown && 'expected' in thrown)) return thrown;
  const { actual, expected, showDiff } = thrown;
  if (showDiff !== false && (actual !== undefined || expected !== undefined)) {
    thrown.message += `\n\n${printDiffOrStringify(actual, expected) ?? ''}`;
  }
  for (const key of OF_ASSERTIONS) delete thrown[key];
  return thrown;
};

beginAssertions('');
