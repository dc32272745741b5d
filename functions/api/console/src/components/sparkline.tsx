import type { Sums } from '../model/usage';

const WIDTH = 5;
const GAP = 2;
const HEIGHT = 20;

/** Executions a day as bars, what failed of them at the top of each, with the sums beside. */
export function Sparkline({ days }: { days: ReadonlyMap<string, Sums> | undefined }) {
  if (!days) return <span class="note">none</span>;
  const sums = [...days.values()];
  const executions = sum(sums.map((each) => each.executions));
  const failures = sum(sums.map((each) => each.failures));
  const most = Math.max(1, ...sums.map((each) => each.executions));
  const high = (count: number) => (count === 0 ? 0 : Math.max(1.5, (count / most) * HEIGHT));
  return (
    <span class="sparkline">
      <svg
        viewBox={`0 0 ${sums.length * (WIDTH + GAP) - GAP} ${HEIGHT}`}
        width={sums.length * (WIDTH + GAP) - GAP}
        height={HEIGHT}
        aria-hidden="true"
      >
        {sums.map((each, at) => {
          const [all, bad] = [high(each.executions), high(each.failures)];
          return (
            <g key={at}>
              <rect class="none" x={at * (WIDTH + GAP)} y={HEIGHT - 1} width={WIDTH} height={1} />
              <rect class="all" x={at * (WIDTH + GAP)} y={HEIGHT - all} width={WIDTH} height={all} />
              <rect class="bad" x={at * (WIDTH + GAP)} y={HEIGHT - all} width={WIDTH} height={Math.min(bad, all)} />
            </g>
          );
        })}
      </svg>
      <span>
        {executions.toLocaleString('en')}
        {failures > 0 && <span class="problem"> · {failures.toLocaleString('en')} failed</span>}
      </span>
    </span>
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}
