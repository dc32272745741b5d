import type { Trigger } from '../../model/sample_event';
import { ago, inZone, localZone } from '../../model/times';

/** When a schedule runs next, in this browser's zone and in its own. */
export function NextRuns({ trigger }: { trigger: Trigger }) {
  const zone = String(trigger['timezone'] ?? 'UTC');
  const here = localZone();
  const runs = trigger._read_only?.next_runs ?? [];
  return (
    <section class="panel" aria-labelledby="runs-title">
      <h2 id="runs-title">Next runs</h2>
      {!trigger.enabled && <p class="note">None while it is disabled.</p>}
      {trigger.enabled && runs.length === 0 && <p class="note">None: the schedule is over.</p>}
      <ol class="runs">
        {runs.map((run) => (
          <li key={run}>
            <b>{inZone(Date.parse(run), here)}</b>
            <span class="note">{ago(Date.parse(run))}</span>
            {zone !== here && (
              <span class="note">
                {inZone(Date.parse(run), zone)} in {zone}
              </span>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
