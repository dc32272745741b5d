// Saved calls as the API has them, and what is typed to save one.

import type { ExecutionSummary } from './executions';

export const EXPECTATIONS = {
  equal: 'The result is just this',
  subset: 'The result has at least this',
  schema: 'The result fits this schema',
  outcome: 'The execution ends like this',
} as const;

/** The outcomes that a call may expect. */
export const EXPECTED_OUTCOMES = ['ok', 'exception', 'exceeded_wall_time', 'exceeded_memory', 'exceeded_result', 'invalid_result'] as const;

/** As the API has it: a name as that of an alias, but not that of the verb beside it. */
export const NAME_PATTERN = '(?!run$)[A-Za-z_][A-Za-z0-9_\\-]{0,127}';

export type Expectation = keyof typeof EXPECTATIONS;

export interface CallSummary {
  readonly name: string;
  readonly expects: Expectation;
  /** Gregorian seconds. */
  readonly modified: number;
}

export interface SavedCall {
  readonly name: string;
  readonly input: unknown;
  /** One key. */
  readonly expect: Partial<Readonly<Record<Expectation, unknown>>>;
}

/** What came of a saved call on a version. */
export interface PlayedCall {
  readonly name: string;
  readonly passed: boolean;
  /** A JSON Pointer to the first difference; null where it passed, as what follows. */
  readonly path: string | null;
  readonly message: string | null;
  readonly expected: unknown;
  readonly got: unknown;
  /** Where the calls of several versions are in one list. */
  readonly version?: string;
}

export interface CallReport {
  /** `$LATEST` is the draft. */
  readonly version: string;
  readonly passed: number;
  readonly failed: number;
  readonly calls: readonly PlayedCall[];
}

/** A call as it is typed. */
export type CallDraft = {
  readonly name: string;
  readonly input: string;
  readonly expects: Expectation;
  /** For `equal` and `subset`. */
  readonly result: string;
  readonly schema: string;
  readonly outcome: string;
};

/** What the texts are called. */
export const LABELS = {
  input: 'Input, as JSON',
  expects: 'It passes when',
  result: 'Result, as JSON',
  schema: 'JSON Schema',
  outcome: 'Outcome',
} as const;

export const NEW_CALL: CallDraft = { name: '', input: '{}', expects: 'equal', result: 'null', schema: '{}', outcome: 'exception' };

const ID_CHARACTERS = 12;

/** Return what is typed to save a call again. */
export function draftOf({ name, input, expect }: SavedCall): CallDraft {
  const [expects, value] = Object.entries(expect)[0] as [Expectation, unknown];
  const field = expects === 'subset' ? 'equal' : expects;
  const text = expects === 'outcome' ? String(value) : written(value);
  return { ...NEW_CALL, name, input: written(input), expects, [field === 'equal' ? 'result' : field]: text };
}

type Executed = Pick<ExecutionSummary, 'execution_id' | 'outcome'> & { readonly input?: unknown; readonly result?: unknown };

/** Return what is typed to expect just what came of an execution. */
export function draftOfCall({ execution_id, outcome, input, result }: Executed): CallDraft {
  const expect = outcome === 'ok' ? { equal: result ?? null } : { outcome };
  return draftOf({ name: `call_${execution_id.slice(0, ID_CHARACTERS)}`, input: input ?? {}, expect });
}

/** Whether a call may expect that an execution ends so. */
export function isSavable(outcome: ExecutionSummary['outcome']): boolean {
  return (EXPECTED_OUTCOMES as readonly (string | null)[]).includes(outcome);
}

/** Return the document that is typed, as JSON in which each number is as it was typed; throws a sentence. */
export function jsonOf({ input, expects, result, schema, outcome }: CallDraft): string {
  const value = expects === 'outcome' ? JSON.stringify(outcome) : checked('What is expected', expects === 'schema' ? schema : result);
  return `{"input":${checked('The input', input)},"expect":{"${expects}":${value}}}`;
}

function checked(what: string, text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch (error) {
    throw new Error(`${what} is no JSON: ${(error as Error).message}`);
  }
}

function written(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
