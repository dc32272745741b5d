import { outcomeText, toneOf, type ExecutionSummary } from '../model/executions';

/** How an execution ended, or where it stands. */
export function Outcome({ of }: { of: Pick<ExecutionSummary, 'status' | 'outcome'> }) {
  return <span class={`badge ${toneOf(of)}`}>{outcomeText(of)}</span>;
}
