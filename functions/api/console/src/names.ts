// The names of functions, which other documents know by their ids alone: a first page of the list, and any other by its id.

import { computed, effect, signal } from '@preact/signals';

import { ApiError, get, getPage } from './api';
import { account } from './session';

export interface Named {
  readonly id: string;
  readonly name: string;
}

interface Names {
  readonly accountId: string;
  /** The first page; null before it came. */
  readonly first: readonly Named[] | null;
  /** Whether the first page has all functions. */
  readonly whole: boolean;
  /** By id; null for a function that is gone. */
  readonly byId: ReadonlyMap<string, string | null>;
}

const FIRST = 200;
const SUGGESTED = 20;
const SEARCHES = 100;

const known = signal<Names>(nothing());
/** What was asked for already: the first page of an account, and the names of functions. */
const asked = new Map<string, Promise<void>>();

const accountId = computed(() => account.value?.id);

effect(() => {
  // Of another account, or of none.
  if (accountId.value !== known.peek().accountId) {
    asked.clear();
    known.value = nothing();
  }
});

export function names(): Names {
  const id = account.value?.id ?? '';
  if (known.value.accountId === id) return known.value;
  return { ...nothing(), accountId: id };
}

/** Load the first page again, where functions may have come or gone. */
export async function loadNames(): Promise<void> {
  const accountId = account.value?.id ?? '';
  const { items, next } = await getPage<Named>('functions', { page_size: FIRST });
  const before = known.value.accountId === accountId ? known.value.byId : [];
  const byId = new Map([...before, ...items.map(({ id, name }): [string, string] => [id, name])]);
  known.value = { accountId, first: items, whole: next === null, byId };
}

/** Load the name of a function unless it is known; the first page comes first. */
export async function loadName(id: string): Promise<void> {
  const { accountId } = names();
  await once(accountId, loadNames);
  if (!names().byId.has(id)) await once(`${accountId} ${id}`, () => loadOne(accountId, id));
}

async function loadOne(accountId: string, id: string): Promise<void> {
  const found = await get<Named>(`functions/${encodeURIComponent(id)}`).catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  });
  const now = names();
  if (now.accountId === accountId) known.value = { ...now, byId: new Map([...now.byId, [id, found && found.name]]) };
}

// A request that failed may be sent again.
function once(what: string, load: () => Promise<void>): Promise<void> {
  const begun = asked.get(what) ?? load().catch(() => void asked.delete(what));
  asked.set(what, begun);
  return begun;
}

/** Return the one function with an id or a name. */
export async function findFunction(word: string): Promise<Named> {
  const found = await search(/^[0-9a-f]{32}$/.test(word) ? { filter_id: word } : { filter_name: word }, 2);
  if (found.length === 1) return found[0]!;
  throw new Error(found.length ? 'Several functions have that name: give the id.' : 'No function has that name or id.');
}

/** Return some functions whose names contain a text, in any case. */
export function suggestFunctions(text: string): Promise<readonly Named[]> {
  return search({ name_contains: text }, SUGGESTED);
}

// The API looks at a part of a long list at a time, which may have none.
async function search(filter: Readonly<Record<string, string>>, enough: number): Promise<readonly Named[]> {
  const found: Named[] = [];
  let start_key: string | undefined;
  for (let asked = 0; asked < SEARCHES; asked++) {
    const { items, next } = await getPage<Named>('functions', { ...filter, page_size: enough, start_key });
    found.push(...items);
    if (next === null || found.length >= enough) break;
    start_key = next;
  }
  return found;
}

function nothing(): Names {
  return { accountId: '', first: null, whole: false, byId: new Map() };
}
