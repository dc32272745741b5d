import { useEffect } from 'preact/hooks';

import { getPage } from '../../api';
import { Failure } from '../../components/failure';
import { Outcome } from '../../components/outcome';
import { Time } from '../../components/time';
import { useLoaded } from '../../load';
import type { ExecutionSummary } from '../../model/executions';
import { href } from '../../router';

const SHOWN = 5;
const AGAIN_MS = 2_000;
const TIMES = 5;

interface AttemptsProps {
  /** The path of the trigger in the API. */
  readonly path: string;
  readonly functionId: string;
  readonly triggerId: string;
  /** How many test events were sent: after each one the list is loaded a few times again. */
  readonly sent: number;
}

/** The latest executions of a trigger. */
export function Attempts({ path, functionId, triggerId, sent }: AttemptsProps) {
  const load = (signal: AbortSignal) => getPage<ExecutionSummary>(`${path}/attempts`, { page_size: SHOWN }, signal);
  const { value, error, reload } = useLoaded(path, load);
  useEffect(() => {
    if (sent === 0) return;
    let left = TIMES;
    const timer = setInterval(() => {
      reload();
      if (--left === 0) clearInterval(timer);
    }, AGAIN_MS);
    return () => clearInterval(timer);
  }, [sent]);
  return (
    <section aria-labelledby="attempts-title">
      <div class="bar">
        <h2 id="attempts-title">Latest executions</h2>
        <button type="button" class="quiet" onClick={reload}>
          Refresh
        </button>
      </div>
      {error !== null && <Failure error={error} />}
      {value?.items.length === 0 && <p class="note">It has executed nothing yet.</p>}
      <ul class="rows">
        {value?.items.map((execution) => (
          <li key={execution.execution_id}>
            <a href={href(['executions', functionId, execution.execution_id])}>
              <span class="hidden">Execution {execution.execution_id}, </span>
              <Time ms={execution.created_ms} />
            </a>
            <Outcome of={execution} />
            {execution.error && (
              <span class="note">
                {execution.error.name}: {execution.error.message}
              </span>
            )}
          </li>
        ))}
      </ul>
      {value?.next && <a href={href(['executions'], { function: functionId, trigger: triggerId })}>All of its executions</a>}
    </section>
  );
}
