import { useEffect, useRef } from 'preact/hooks';

import { getPage } from '../../api';
import { Failure } from '../../components/failure';
import { Outcome } from '../../components/outcome';
import { Time } from '../../components/time';
import { useLoaded } from '../../load';
import type { ExecutionSummary } from '../../model/executions';
import { href } from '../../router';

const SHOWN = 5;
const AGAIN_MS = 2_000;
const LEAST = 5;
const MOST = 60;

interface AttemptsProps {
  /** The path of the trigger in the API. */
  readonly path: string;
  readonly functionId: string;
  readonly triggerId: string;
  /** How many test events were sent: after each one the list is loaded again until what came of it has ended. */
  readonly sent: number;
}

/** The latest executions of a trigger. */
export function Attempts({ path, functionId, triggerId, sent }: AttemptsProps) {
  const load = (signal: AbortSignal) => getPage<ExecutionSummary>(`${path}/attempts`, { page_size: SHOWN }, signal);
  const { value, error, busy, reload } = useLoaded(path, load);
  const latest = value?.items[0];
  const looks = useRef({ sent, before: latest?.execution_id, count: 0 });
  useEffect(() => {
    if (looks.current.sent !== sent) looks.current = { sent, before: latest?.execution_id, count: 0 };
    const { before, count } = looks.current;
    const isOver = latest !== undefined && latest.execution_id !== before && latest.outcome !== null;
    if (sent === 0 || busy || count >= (isOver ? LEAST : MOST)) return;
    const timer = setTimeout(() => {
      looks.current.count += 1;
      reload();
    }, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [sent, busy]);
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
