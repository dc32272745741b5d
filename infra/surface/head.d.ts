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
  /** `kazoo`, `codemash`, `mcp` or `pivot`, or the type of a trigger. */
  readonly trigger: string;
  readonly trigger_id: string | null;
  readonly event_id: string | null;
  /** Empty but for CodeMash. */
  readonly meta: Readonly<Record<string, string>>;
  readonly tokens: Readonly<Record<string, string>>;
  /** Only there where the function was called as a tool: the id of the API key that was shown. */
  readonly caller?: { readonly key_id: string };
  /** When the wall time is over, in Unix milliseconds. */
  readonly deadline_ms: number;
  /** Placeholders, by name; only there if the document names `secrets`. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Only there if the document names namespaces in `kv`. */
  readonly kv: IsolambdaKeyValues;
  /** The account's tools, by name; only there in what code of a model calls as a tool. */
  readonly tools: { readonly [name: string]: (input?: unknown) => Promise<any> };
}

/** Values of one namespace. What fails is an Error whose `cause` is an {@link IsolambdaCause}. */
interface IsolambdaKeyValues {
  get<T = any>(key: string): Promise<T | undefined>;
  /** `ttl` is in seconds. */
  put(key: string, value: unknown, options?: { ttl?: number }): Promise<void>;
  delete(key: string): Promise<boolean>;
  list<T = any>(options?: { prefix?: string; startKey?: string; limit?: number }): Promise<IsolambdaKeyValuesPage<T>>;
  increment(key: string, by?: number): Promise<number>;
  /** `undefined` is expected of a key that is not there. */
  compareAndSet(key: string, expected: unknown, value: unknown, options?: { ttl?: number }): Promise<boolean>;
  /** Returns the values of another namespace of the document. */
  namespace(name: string): IsolambdaKeyValues;
}

interface IsolambdaKeyValuesPage<T> {
  readonly items: { key: string; value: T }[];
  /** Undefined on the last page. */
  readonly nextStartKey?: string;
}

/** The cause of an error of `fetch`, of `context.kv` and of `context.tools`. */
interface IsolambdaCause {
  readonly code: string;
  /** The name of the limit that is in the way, if one is. */
  readonly limit?: string;
  readonly value?: number;
  readonly used?: number;
}
