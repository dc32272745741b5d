import { clockTime, duration } from '../../model/times';
import { timelineOf, type Recorded, type Step } from '../../model/timeline';

/** What happened to an execution, in its order; each step with how long after the first it came. */
export function Timeline({ of }: { of: Recorded }) {
  const steps = timelineOf(of);
  return (
    <ol class="timeline" aria-label="Timeline">
      {steps.map((step, at) => (
        <li key={at} class={step.tone}>
          <span class="what">{step.name}</span>
          <span class="when">{when(step, of.created_ms)}</span>
          {step.note && <span class="note">{step.note}</span>}
        </li>
      ))}
    </ol>
  );
}

function when({ at_ms, took_ms }: Step, from_ms: number): string {
  const after = at_ms === null ? '' : at_ms === from_ms ? clockTime(at_ms) : `+${duration(at_ms - from_ms)}`;
  const took = took_ms === null ? '' : `took ${duration(took_ms)}`;
  return [after, took].filter(Boolean).join(', ');
}
