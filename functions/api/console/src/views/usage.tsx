import { getPage } from '../api';
import { Failure } from '../components/failure';
import { FunctionPicker } from '../components/function_picker';
import { Heading } from '../components/heading';
import { useLoaded } from '../load';
import { byDay, lastDays, total, type Counted } from '../model/usage';
import { go } from '../router';
import type { ViewProps } from './index';
import { Chart } from './usage/chart';
import { DayTable } from './usage/day_table';
import { Functions } from './usage/functions';
import { Limits } from './usage/limits';
import { Totals } from './usage/totals';

const RANGES = [7, 14, 31] as const;
const PAGES = 10;
const PAGE_SIZE = 500;

/** What the account executed on each day, what of it failed, and how much of its limits it uses. */
export function Usage({ query }: ViewProps) {
  const count = RANGES.find((range) => String(range) === query.get('days')) ?? RANGES[1];
  const functionId = query.get('function') ?? '';
  const days = lastDays(count);
  const { value, error, reload } = useLoaded(days.join(' '), (signal) => load(days[0]!, days.at(-1)!, signal));
  const show = (change: Record<string, string>) => {
    const all = { days: String(count), function: functionId, ...change };
    go(['usage'], Object.fromEntries(Object.entries(all).filter(([, word]) => word)));
  };
  const shown = functionId ? value?.functions.filter((each) => each.function_id === functionId) : value?.days;
  const sums = shown && byDay(shown, days);
  return (
    <>
      <Heading title="Usage">
        {RANGES.map((range) => (
          <button key={range} type="button" aria-pressed={range === count} onClick={() => show({ days: String(range) })}>
            {range} days
          </button>
        ))}
      </Heading>
      <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
        <FunctionPicker label="Function" none="All functions" value={functionId} onChange={(id) => show({ function: id })} />
      </form>
      {error !== null && <Failure error={error} onRetry={reload} />}
      {!sums && error === null && <p class="loading">Loading …</p>}
      {sums && shown && (
        <>
          <Totals sums={total(shown)} days={count} />
          <div class="columns">
            <Chart title="Executions" sums={sums} of={({ executions, failures }) => [executions - failures, failures]} />
            <Chart title="Processor time (ms)" sums={sums} of={({ cpu_ms }) => [cpu_ms]} />
          </div>
          <DayTable sums={sums} />
        </>
      )}
      {value && !functionId && <Functions counted={value.functions} isWhole={value.isWhole} />}
      <Limits />
    </>
  );
}

interface Counts {
  readonly days: readonly Counted[];
  readonly functions: readonly Counted[];
  /** Whether `functions` has all rows; the rest is of earlier days. */
  readonly isWhole: boolean;
}

async function load(from: string, to: string, signal: AbortSignal): Promise<Counts> {
  const [days, functions] = await Promise.all([
    getPage<Counted>('usage', { by: 'day', from, to, page_size: PAGE_SIZE }, signal),
    rows(from, to, signal),
  ]);
  return { days: days.items, ...functions };
}

async function rows(from: string, to: string, signal: AbortSignal): Promise<Omit<Counts, 'days'>> {
  const functions: Counted[] = [];
  let start_key: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const { items, next } = await getPage<Counted>('usage', { by: 'function', from, to, page_size: PAGE_SIZE, start_key }, signal);
    functions.push(...items);
    if (next === null) return { functions, isWhole: true };
    start_key = next;
  }
  return { functions, isWhole: false };
}
