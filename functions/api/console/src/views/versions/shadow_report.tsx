import { Time } from '../../components/time';
import { msOfGregorian } from '../../model/times';
import { href } from '../../router';

interface Difference {
  readonly path: string;
  readonly kind: 'changed' | 'added' | 'removed';
  readonly old?: unknown;
  readonly new?: unknown;
}

interface Execution {
  readonly execution_id: string;
  readonly differences: readonly Difference[];
  readonly requests: readonly Difference[];
  readonly more: number;
}

export interface Report {
  /** Gregorian seconds. */
  readonly since: number;
  readonly compared: number;
  readonly equal: number;
  readonly different: number;
  readonly skipped: number;
  readonly skipped_because: string | null;
  readonly dropped: number;
  readonly executions: readonly Execution[];
}

/** What the shadow of an alias has found, and where the latest executions differ. */
export function ShadowReport({ report, functionId }: { report: Report; functionId: string }) {
  const { since, compared, equal, different, skipped, skipped_because, dropped, executions } = report;
  return (
    <section aria-label="What the shadow found">
      <p>
        Since <Time ms={msOfGregorian(since)} />: <b>{compared}</b> compared, <b>{equal}</b> equal, <b>{different}</b> different
        {skipped > 0 && `, ${skipped} skipped (${skipped_because})`}
        {dropped > 0 && `, ${dropped} dropped`}.
      </p>
      <ol class="history">
        {executions.map(({ execution_id, differences, requests, more }) => (
          <li key={execution_id}>
            <a href={href(['executions', functionId, execution_id])}>{execution_id.slice(0, 8)}</a>
            <ul>
              {[...differences, ...requests].map((difference) => (
                <li key={difference.path}>
                  <code>{difference.path}</code> {told(difference)}
                </li>
              ))}
              {more > 0 && <li>and {more} more</li>}
            </ul>
          </li>
        ))}
      </ol>
    </section>
  );
}

function told({ kind, old, new: now }: Difference): string {
  if (kind === 'changed') return `was ${JSON.stringify(old)}, is ${JSON.stringify(now)}`;
  return kind === 'added' ? `is new: ${JSON.stringify(now)}` : `is gone: ${JSON.stringify(old)}`;
}
