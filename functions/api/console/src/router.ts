// The address after `#` names the view. Nothing secret is ever written there.

import { signal } from '@preact/signals';

export interface Route {
  readonly view: ViewName;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

const PATTERNS = {
  functions: 'functions',
  function: 'functions/:functionId',
  versions: 'functions/:functionId/versions',
  calls: 'functions/:functionId/calls',
  executions: 'executions',
  execution: 'executions/:functionId/:executionId',
  approvals: 'approvals',
  triggers: 'triggers',
  secrets: 'secrets',
  keys: 'keys',
  usage: 'usage',
} as const;

const ID = /^[0-9a-f]{32}$/;

export type ViewName = keyof typeof PATTERNS | 'lost';

export const route = signal<Route>(parse(location.hash));

let shown = location.hash;

addEventListener('hashchange', arrive);

// At once where the page goes there itself, so that what is chosen next begins from there.
function arrive(): void {
  if (location.hash === shown) return;
  shown = location.hash;
  route.value = parse(shown);
}

/** The address of a path and a query, for `href`; each part is encoded. */
export function href(parts: readonly string[], query: Readonly<Record<string, string>> = {}): string {
  const path = parts.map(encodeURIComponent).join('/');
  const search = new URLSearchParams(query).toString();
  return `#/${path}${search && `?${search}`}`;
}

export function go(parts: readonly string[], query: Readonly<Record<string, string>> = {}): void {
  location.hash = href(parts, query);
  arrive();
}

/** Go there without a step back to here, as while a filter is typed. */
export function replace(parts: readonly string[], query: Readonly<Record<string, string>> = {}): void {
  location.replace(href(parts, query));
  arrive();
}

export function parse(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#?\/?/, '').split('?', 2);
  const query = new URLSearchParams(search);
  const parts = path.split('/').filter(Boolean).map(decoded);
  if (parts.length === 0) return { view: 'functions', params: {}, query };
  for (const [view, pattern] of Object.entries(PATTERNS)) {
    const params = matched(pattern.split('/'), parts);
    if (params) return { view: view as ViewName, params, query };
  }
  return { view: 'lost', params: {}, query };
}

function matched(pattern: readonly string[], parts: readonly string[]): Record<string, string> | null {
  if (pattern.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [at, name] of pattern.entries()) {
    if (name.startsWith(':') && ID.test(parts[at]!)) params[name.slice(1)] = parts[at]!;
    else if (name !== parts[at]) return null;
  }
  return params;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
