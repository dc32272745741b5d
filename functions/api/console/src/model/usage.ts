// Counts a day and function, summed for a chart and a table.

/** What the API counts of one UTC day, of a function where it was asked by function. */
export interface Counted {
  day: string;
  function_id?: string;
  executions: number;
  failures: number;
  cpu_ms: number;
}

export interface Sums {
  executions: number;
  failures: number;
  cpu_ms: number;
}

const DAY_MS = 86_400_000;

/** Return the last `count` UTC days up to now, the oldest first, as `2026-11-30`. */
export function lastDays(count: number, now = Date.now()): string[] {
  return Array.from({ length: count }, (_, at) => new Date(now - (count - 1 - at) * DAY_MS).toISOString().slice(0, 10));
}

/** Return the sums of each day, also of days without executions. */
export function byDay(counted: readonly Counted[], days: readonly string[]): Map<string, Sums> {
  const sums = new Map(days.map((day) => [day, nothing()]));
  for (const each of counted) add(sums.get(each.day), each);
  return sums;
}

/** Return the sums of each function, those with the most executions first. */
export function byFunction(counted: readonly Counted[]): [string, Sums][] {
  const sums = new Map<string, Sums>();
  for (const each of counted) {
    const id = each.function_id ?? '';
    if (!sums.has(id)) sums.set(id, nothing());
    add(sums.get(id), each);
  }
  return [...sums].sort(([, a], [, b]) => b.executions - a.executions);
}

export function total(counted: readonly Counted[]): Sums {
  const sum = nothing();
  for (const each of counted) add(sum, each);
  return sum;
}

/** Return a round number that no value exceeds, for the top of an axis: 1, 2 or 5 and zeros. */
export function topOf(values: number[]): number {
  const most = Math.max(1, ...values);
  const zeros = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((step) => step * zeros).find((top) => top >= most)!;
}

function nothing(): Sums {
  return { executions: 0, failures: 0, cpu_ms: 0 };
}

function add(sums: Sums | undefined, more: Sums): void {
  if (!sums) return;
  sums.executions += more.executions;
  sums.failures += more.failures;
  sums.cpu_ms += more.cpu_ms;
}
