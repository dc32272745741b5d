// What a view shows of the API: loaded when the view opens, when what it asks for changes, and after a new login.

import { useEffect, useState } from 'preact/hooks';

import { getPage, type Options, type Page } from './api';
import { expired } from './session';

export interface Loaded<T> {
  /** What came last; null before the first answer. */
  readonly value: T | null;
  /** Why the latest request failed; null where it did not. */
  readonly error: unknown;
  readonly busy: boolean;
  readonly reload: () => void;
}

/** Load a value again whenever `key` changes, which says what is asked for. */
export function useLoaded<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ key: string; value: T | null; error: unknown }>({ key, value: null, error: null });
  const [turn, setTurn] = useState(0);
  const [done, setDone] = useState('');
  const refused = expired.value;
  const current = `${turn} ${key}`;
  useEffect(() => {
    if (refused) return;
    const controller = new AbortController();
    const settle = (value: T | null, error: unknown) => {
      if (controller.signal.aborted) return;
      setState((before) => ({ key, value: value ?? (before.key === key ? before.value : null), error }));
      setDone(current);
    };
    load(controller.signal).then((value) => settle(value, null), (error: unknown) => settle(null, error));
    return () => controller.abort();
  }, [current, refused]);
  const value = state.key === key ? state.value : null;
  return { value, error: done === current ? state.error : null, busy: done !== current, reload: () => setTurn((before) => before + 1) };
}

export interface Pages<T> extends Loaded<readonly T[]> {
  /** Load the next page too; null where there is none. */
  readonly more: (() => void) | null;
}

interface Rest<T> {
  /** The first page, which the rest follows. */
  readonly of: Page<T> | null;
  readonly items: readonly T[];
  readonly next: string | null;
  readonly error: unknown;
  readonly busy: boolean;
}

/** Load a list page by page. `reload` begins again at the first. */
export function usePages<T>(path: string, query: NonNullable<Options['query']>): Pages<T> {
  const key = `${path}?${JSON.stringify(query)}`;
  const first = useLoaded(key, (signal) => getPage<T>(path, query, signal));
  const none: Rest<T> = { of: first.value, items: [], next: first.value?.next ?? null, error: null, busy: false };
  const [later, setLater] = useState(none);
  const rest = later.of === first.value ? later : none;
  const load = async (start_key: string) => {
    setLater({ ...rest, error: null, busy: true });
    const change = (page: Partial<Rest<T>>) => {
      setLater((now) => (now.of === rest.of ? { ...rest, busy: false, error: null, ...page } : now));
    };
    try {
      const { items, next } = await getPage<T>(path, { ...query, start_key });
      change({ items: [...rest.items, ...items], next });
    } catch (error) {
      change({ error });
    }
  };
  return {
    ...first,
    value: first.value && [...first.value.items, ...rest.items],
    error: first.error ?? rest.error,
    busy: first.busy || rest.busy,
    more: rest.next === null || rest.busy ? null : () => void load(rest.next!),
  };
}
