import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

import { Failure } from '../components/failure';
import { Heading } from '../components/heading';
import { usePages } from '../load';
import type { FunctionSummary } from '../model/functions';
import { replace } from '../router';
import { NewFunction } from './functions/new_function';
import { NoFunctions } from './functions/no_functions';
import { Rows } from './functions/rows';
import { useActivity } from './functions/activity';
import type { ViewProps } from './index';

const PAGE = 100;
const ENOUGH = 20;
const IDLE_MS = 1_000;
const PAUSE_MS = 250;

/** The functions of the account, how they did of late, and the way to a new one. */
export function Functions({ query }: ViewProps) {
  const name_contains = query.get('search') ?? '';
  const enabled = query.get('enabled') ?? '';
  const isNarrowed = name_contains !== '' || enabled !== '';
  const { value, error, busy, more, reload } = usePages<FunctionSummary>('functions', {
    page_size: PAGE,
    name_contains,
    filter_enabled: enabled,
  });
  const activity = useActivity();
  const [asks, setAsks] = useState(false);
  useEffect(() => {
    // What comes next, most likely, is in the cache when it is wanted.
    const timer = value && setTimeout(() => void import('./function'), IDLE_MS);
    return () => clearTimeout(timer ?? undefined);
  }, [value !== null]);
  // A search looks at a part of a long list at a time.
  const count = value?.length ?? 0;
  useEffect(() => {
    if (isNarrowed && count < ENOUGH && more && error === null) more();
  }, [count, more !== null]);
  const isEmpty = value?.length === 0 && !more && !busy;
  return (
    <>
      <Heading title="Functions">
        <button type="button" class="primary" onClick={() => setAsks(true)}>
          New function
        </button>
      </Heading>
      {(isNarrowed || !isEmpty) && <Search search={name_contains} enabled={enabled} />}
      {error !== null && <Failure error={error} onRetry={reload} />}
      {isEmpty && !isNarrowed && !error && <NoFunctions onNew={() => setAsks(true)} />}
      {isEmpty && isNarrowed && <p class="note">No function is like that.</p>}
      {value !== null && value.length > 0 && <Rows functions={inOrder(value, more === null)} activity={activity} />}
      {busy && (value === null || value.length === 0) && <p class="loading">Loading …</p>}
      {more && value !== null && value.length > 0 && (
        <div class="bar">
          <button type="button" disabled={busy} onClick={more}>
            Show more
          </button>
          <span class="note">{value.length} shown</span>
        </div>
      )}
      {asks && <NewFunction onClose={() => setAsks(false)} />}
    </>
  );
}

function Search({ search, enabled }: { search: string; enabled: string }) {
  const [text, setText] = useState(search);
  const asked = useRef(search);
  const show = (change: { enabled?: string }) => {
    const wanted = { search: text.trim(), enabled, ...change };
    asked.current = wanted.search;
    replace(['functions'], Object.fromEntries(Object.entries(wanted).filter(([, value]) => value)));
  };
  useLayoutEffect(() => {
    // A link led to another search, or to none.
    if (search !== asked.current) setText(search);
    asked.current = search;
  }, [search]);
  // Not after the next frame: what was to be searched before would forget the state that was chosen since.
  useLayoutEffect(() => {
    if (text.trim() === search || search !== asked.current) return;
    const timer = setTimeout(() => show({}), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, search, enabled]);
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <div class="field search">
        <label for="search">Search by name</label>
        <input
          id="search"
          type="search"
          maxLength={128}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </div>
      <div class="field">
        <label for="enabled">State</label>
        <select id="enabled" value={enabled} onChange={(event) => show({ enabled: event.currentTarget.value })}>
          <option value="">Any</option>
          <option value="true">Enabled</option>
          <option value="false">Disabled</option>
        </select>
      </div>
    </form>
  );
}

// The API lists by id. A list that is there as a whole is easier to read by name.
function inOrder(functions: readonly FunctionSummary[], whole: boolean): readonly FunctionSummary[] {
  return whole && functions.length <= PAGE ? [...functions].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true })) : functions;
}
