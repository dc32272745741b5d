// What a test file imports from `isolambda:test`, and what runs it. The command `isolambda test` has an isolate call
// `run` once for the list of tests, and once for each test.
import { fn, spyOn } from '@vitest/spy';
import { expect } from './parts/expect';
import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from './parts/suites';

export { run } from './parts/run';
export { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test };
export const it = test;
export const vi = { fn, spyOn };

const named = { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test, vi };
for (const [name, value] of Object.entries(named)) {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
}
