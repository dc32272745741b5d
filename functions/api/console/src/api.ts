// The public API, below the account of the session; the page's own server is the only one that is asked.

import { account, begin, expire, keyOfSession } from './session';

export interface Envelope<T> {
  readonly data: T;
  readonly message?: string;
  readonly next_start_key?: string;
  /** Of a document: when it was written; in Gregorian seconds. */
  readonly metadata?: { readonly created: number; readonly modified: number };
}

export interface Answer<T> {
  readonly status: number;
  readonly data: T;
  readonly etag: string | null;
  readonly envelope: Envelope<T>;
}

export interface Options {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly data?: unknown;
  /** JSON to send as it is, in the place of `data`: a number of many digits stays what it is. */
  readonly json?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Whether a number of many digits is to stay what it is, to be written as JSON again. */
  readonly exact?: boolean;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** The `start_key` of the next page; null on the last. */
  readonly next: string | null;
}

interface Token {
  readonly account_id: string;
  readonly account_name: string;
}

/** The API refused; `message` is one line, and `data` is what it said, field by field. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly data: unknown,
    message: string,
  ) {
    super(message);
  }
}

/** No answer came: the server is not there, or the network is not. */
export class UnreachableError extends Error {}

const COMPLAINTS = 5;
const GONE = 404;

export const PRECONDITION_FAILED = 412;

// What is no name, though an address of the console may have it in the place of one: it would lead to another part of the API.
const NOWHERE = /^\.{0,2}$|%2f/i;

export async function logIn(key: string): Promise<void> {
  const { data } = await send<Token>('PUT', 'v2/api_auth', { data: { api_key: key } }, null);
  begin(key, { id: data.account_id, name: data.account_name });
}

/** Send a request to `path` below the account (`functions/ID`). */
export function answer<T>(method: string, path: string, options: Options = {}): Promise<Answer<T>> {
  const id = account.value?.id ?? '';
  return send<T>(method, `v2/accounts/${encodeURIComponent(id)}/${path}`, options, keyOfSession());
}

export async function get<T>(path: string, query: Options['query'] = {}, signal?: AbortSignal): Promise<T> {
  return (await answer<T>('GET', path, { query, signal })).data;
}

export async function getPage<T>(path: string, query: Options['query'] = {}, signal?: AbortSignal): Promise<Page<T>> {
  const { envelope } = await answer<readonly T[]>('GET', path, { query, signal });
  return { items: envelope.data, next: envelope.next_start_key ?? null };
}

export async function put<T>(path: string, data: unknown = {}): Promise<T> {
  return (await answer<T>('PUT', path, { data })).data;
}

export async function post<T>(path: string, data: unknown = {}): Promise<T> {
  return (await answer<T>('POST', path, { data })).data;
}

export async function patch<T>(path: string, data: unknown): Promise<T> {
  return (await answer<T>('PATCH', path, { data })).data;
}

/** Remove what is at `path`; return what became of it, in words: another one may have removed it before. */
export async function remove(path: string, removed = 'removed'): Promise<string> {
  try {
    await answer('DELETE', path);
    return `is ${removed}`;
  } catch (error) {
    if (!(error instanceof ApiError && error.status === GONE)) throw error;
    return 'was gone already';
  }
}

export interface Delivery {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Whether the key of the session goes along. */
  readonly withKey?: boolean;
}

/** Send what comes without an envelope to `path` of this server: a delivery to a webhook, a request to a function. */
export async function deliver(path: string, { method, headers, body, withKey = false }: Delivery): Promise<Response> {
  const key = keyOfSession();
  // What cannot be sent is told by the browser, such as a GET with a body.
  const request = new Request(path, {
    method,
    headers: { ...headers, ...(withKey && key !== null ? { 'x-auth-token': key } : {}) },
    body,
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'manual',
  });
  try {
    return await fetch(request);
  } catch {
    throw new UnreachableError('The server does not answer. Is it still running, and are you online?');
  }
}

async function send<T>(method: string, path: string, options: Options, key: string | null): Promise<Answer<T>> {
  if (path.split('/').some((part) => NOWHERE.test(part))) throw new ApiError(404, null, 'There is nothing at that address.');
  const json = options.json ?? (options.data === undefined ? undefined : JSON.stringify(options.data));
  const response = await fetch(`${path}${search(options.query)}`, {
    method,
    headers: {
      accept: 'application/json',
      ...(key === null ? {} : { 'x-auth-token': key }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    body: json === undefined ? null : `{"data":${json}}`,
    signal: options.signal ?? null,
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
  }).catch((error: unknown) => {
    if (options.signal?.aborted) throw error;
    throw new UnreachableError('The server does not answer. Is it still running, and are you online?');
  });
  const envelope = await read<T>(response, options.exact);
  if (!response.ok) {
    // A late answer to a key before tells nothing of the one that is there now.
    if (response.status === 401 && key !== null && key === keyOfSession()) expire();
    throw new ApiError(response.status, envelope.data, explained(response.status, envelope));
  }
  return { status: response.status, data: envelope.data, etag: response.headers.get('etag'), envelope };
}

function search(query: Options['query'] = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text && `?${text}`;
}

async function read<T>(response: Response, exact = false): Promise<Envelope<T>> {
  const text = await response.text().catch(() => '');
  const envelope = parsed(text, exact);
  if (typeof envelope === 'object' && envelope !== null) return envelope as Envelope<T>;
  throw new ApiError(response.status, null, `The server answered ${response.status}, and not in JSON, or the answer was cut off.`);
}

function parsed(text: string, exact: boolean): unknown {
  try {
    return JSON.parse(text, exact ? exactly : undefined);
  } catch {
    return null;
  }
}

// Not every browser has it.
const { rawJSON } = JSON as { readonly rawJSON?: (text: string) => unknown };

function exactly(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !context?.source || !rawJSON) return value;
  return String(value) === context.source ? value : rawJSON(context.source);
}

/** What the API says about one field of a document. */
export interface Complaint {
  /** Dotted, with `%2E` for a dot in a key; empty where it is about the whole request. */
  readonly field: string;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

// What the API calls the document itself.
const WHOLE = 'data';

/** Return all that the API says is wrong: it has {field: {rule: {message}}}, or {message}. */
export function complaintsOf(data: unknown): readonly Complaint[] {
  return [...complaints(data, [])];
}

function* complaints(data: unknown, path: readonly string[]): Generator<Complaint> {
  if (typeof data !== 'object' || data === null) return;
  const { message, cause, line, column } = data as Record<string, unknown>;
  if (typeof message !== 'string') {
    for (const [name, value] of Object.entries(data)) yield* complaints(value, [...path, name]);
    return;
  }
  const why = typeof cause === 'string' && cause !== message ? ` (${cause})` : '';
  const place = typeof line === 'number' && typeof column === 'number' ? { line, column } : {};
  const field = path.slice(0, -1).join('.');
  yield { field: field === WHOLE ? '' : field, message: message + why, ...place };
}

function explained(status: number, { data, message }: Envelope<unknown>): string {
  if (status === 401) return 'The key is not good any more. Log in again, and then once more what you did.';
  const said = complaintsOf(data).slice(0, COMPLAINTS);
  if (said.length === 0) return `The server answered ${status}: ${message ?? 'it gave no reason'}.`;
  return said.map((each) => (each.field ? `${each.field.replaceAll('%2E', '.')}: ` : '') + each.message).join('\n');
}
