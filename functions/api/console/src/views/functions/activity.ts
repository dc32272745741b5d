// How all functions of the account did of late: counts a day, and the latest execution that was recorded.

import { ApiError, getPage } from '../../api';
import { useLoaded } from '../../load';
import type { ExecutionSummary } from '../../model/executions';
import { byDay, lastDays, type Counted, type Sums } from '../../model/usage';

export interface Activity {
  /** By the id of the function; what has none was not executed. */
  readonly counts: ReadonlyMap<string, ReadonlyMap<string, Sums>>;
  readonly latest: ReadonlyMap<string, ExecutionSummary>;
}

export const DAYS = 14;
const PAGES = 10;
const COUNTS = 500;
const RECORDS = 200;

/** Return what is known of all functions; null before it came. A part that the API has not is empty. */
export function useActivity(): Activity | null {
  return useLoaded('activity', load).value;
}

async function load(abort: AbortSignal): Promise<Activity> {
  const [counted, records] = await Promise.all([
    orNothing(allCounts(abort)),
    orNothing(getPage<ExecutionSummary>('executions', { page_size: RECORDS }, abort).then(({ items }) => items)),
  ]);
  const latest = new Map<string, ExecutionSummary>();
  for (const record of records) {
    if (record.outcome !== null && !latest.has(record.function_id)) latest.set(record.function_id, record);
  }
  return { counts: countsOf(counted), latest };
}

async function allCounts(abort: AbortSignal): Promise<readonly Counted[]> {
  const days = lastDays(DAYS);
  const counted: Counted[] = [];
  let start_key: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const query = { by: 'function', from: days[0], to: days.at(-1), page_size: COUNTS, start_key };
    const { items, next } = await getPage<Counted>('usage', query, abort);
    counted.push(...items);
    if (next === null) break;
    start_key = next;
  }
  return counted;
}

function countsOf(counted: readonly Counted[]): ReadonlyMap<string, ReadonlyMap<string, Sums>> {
  const days = lastDays(DAYS);
  const rows = new Map<string, Counted[]>();
  for (const each of counted) {
    const id = each.function_id ?? '';
    rows.set(id, [...(rows.get(id) ?? []), each]);
  }
  return new Map([...rows].map(([id, own]) => [id, byDay(own, days)]));
}

// A key may not be for this, and the list is there all the same.
function orNothing<T>(asked: Promise<readonly T[]>): Promise<readonly T[]> {
  return asked.catch((error: unknown) => {
    if (error instanceof ApiError && error.status !== 401) return [];
    throw error;
  });
}
