// What an Isolambda function has beside ECMAScript. `python -m infra.surface --write` makes this file.
// A tsconfig.json has "lib": ["esnext"], because a function has less than a page has.
/// <reference lib="esnext" />

/** The input of the execution, which is JSON. */
declare const call: any;

/** The execution, and who asked for it. */
declare const context: IsolambdaContext;

interface IsolambdaContext {
  /** The same for each attempt of an asynchronous execution. */
  readonly execution_id: string;
  readonly function: { readonly id: string; readonly name: string; readonly version: string };
  readonly account_id: string;
  /** The version or alias that the caller named. */
  readonly qualifier: string;
  /** `kazoo`, `codemash` or `pivot`, or the type of a trigger. */
  readonly trigger: string;
  readonly trigger_id: string | null;
  readonly event_id: string | null;
  /** Empty but for CodeMash. */
  readonly meta: Readonly<Record<string, string>>;
  readonly tokens: Readonly<Record<string, string>>;
  /** When the wall time is over, in Unix milliseconds. */
  readonly deadline_ms: number;
}
