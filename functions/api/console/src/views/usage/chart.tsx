import { topOf, type Sums } from '../../model/usage';

interface ChartProps {
  readonly title: string;
  readonly sums: ReadonlyMap<string, Sums>;
  /** The parts of a day's bar, the lowest first; the second one is what failed. */
  readonly of: (sums: Sums) => readonly number[];
}

const TONES = ['all', 'bad'];
const GAP = 0.25;

/** A bar for each day. Who does not see it has the table below. */
export function Chart({ title, sums, of }: ChartProps) {
  const days = [...sums].map(([day, each]) => ({ day, parts: of(each) }));
  const top = topOf(days.map(({ parts }) => sum(parts)));
  const highest = days.reduce((one, other) => (sum(other.parts) > sum(one.parts) ? other : one));
  const label = `${title}, a bar for each of ${days.length} days; most on ${highest.day}: ${number(sum(highest.parts))}`;
  return (
    <figure class="chart panel">
      <figcaption>{title}</figcaption>
      <div class="plot">
        <div class="scale" aria-hidden="true">
          <span>{number(top)}</span>
          <span>{number(top / 2)}</span>
          <span>0</span>
        </div>
        <svg viewBox={`0 0 ${days.length} 100`} preserveAspectRatio="none" role="img" aria-label={label}>
          {[0, 50, 100].map((y) => (
            <line key={y} x1={0} x2={days.length} y1={y} y2={y} vector-effect="non-scaling-stroke" />
          ))}
          {days.map(({ day, parts }, at) => (
            <g key={day}>
              <title>{`${day}: ${parts.map(number).join(', ')}${parts.length > 1 ? ' failed' : ''}`}</title>
              <rect class="day" x={at} y={0} width={1} height={100} />
              {parts.map((part, place) => (
                <rect
                  key={place}
                  class={TONES[place]}
                  x={at + GAP / 2}
                  y={100 - (sum(parts.slice(0, place + 1)) / top) * 100}
                  width={1 - GAP}
                  height={(part / top) * 100}
                />
              ))}
            </g>
          ))}
        </svg>
        <div class="days" aria-hidden="true">
          <span>{dayText(days[0]!.day)}</span>
          <span>{dayText(days.at(-1)!.day)}</span>
        </div>
      </div>
    </figure>
  );
}

function sum(parts: readonly number[]): number {
  return parts.reduce((all, each) => all + each, 0);
}

function number(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 });
}

function dayText(day: string): string {
  return new Date(day).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
}
