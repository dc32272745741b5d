import { useEffect } from 'preact/hooks';

import { Failure } from '../../components/failure';
import { FunctionName } from '../../components/function_name';
import { Outcome } from '../../components/outcome';
import { Time } from '../../components/time';
import { usePages } from '../../load';
import type { ExecutionSummary } from '../../model/executions';
import { duration } from '../../model/times';
import { href } from '../../router';
import { NoExecutions } from './empty';
import { queryOf, type Filter } from './filters';

const ENOUGH = 20;

/** The executions that were recorded, the latest changed first. */
export function List({ filter }: { filter: Filter }) {
  const { value, error, busy, more, reload } = usePages<ExecutionSummary>('executions', queryOf(filter));
  const count = value?.length ?? 0;
  useEffect(() => {
    // A filter looks at a part of the executions at a time.
    if (more && !error && count < ENOUGH) more();
  }, [count, more !== null]);
  if (error && !value) return <Failure error={error} onRetry={reload} />;
  if (!value || (count === 0 && (more || busy))) return <p class="loading">Loading …</p>;
  if (count === 0) return <NoExecutions narrowed={Object.keys(filter).length > 0} />;
  return (
    <>
      <div class="bar">
        <button type="button" onClick={reload} disabled={busy}>
          Refresh
        </button>
        <span class="note">{value.length} shown, the latest first</span>
      </div>
      <table class="list">
        <thead>
          <tr>
            <th>Execution</th>
            <th>Outcome</th>
            <th>Function</th>
            <th>Version</th>
            <th>By</th>
            <th class="number">Took</th>
            <th>What went wrong</th>
          </tr>
        </thead>
        <tbody>
          {value.map((execution) => (
            <Line key={execution.execution_id} execution={execution} />
          ))}
        </tbody>
      </table>
      {error !== null && <Failure error={error} />}
      {more && (
        <button type="button" onClick={more}>
          Show more
        </button>
      )}
    </>
  );
}

function Line({ execution }: { execution: ExecutionSummary }) {
  const { execution_id, function_id, version, qualifier, trigger, attempts, usage, error, created_ms } = execution;
  return (
    <tr>
      <td data-label="Execution">
        <a href={href(['executions', function_id, execution_id])}>
          <span class="hidden">Execution {execution_id}, </span>
          <Time ms={created_ms} />
        </a>
      </td>
      <td data-label="Outcome">
        <Outcome of={execution} />
        {attempts > 1 && <span class="note"> {attempts} attempts</span>}
      </td>
      <td data-label="Function">
        <FunctionName id={function_id} />
      </td>
      <td data-label="Version">{version === qualifier ? version : `${version} (${qualifier})`}</td>
      <td data-label="By">{trigger}</td>
      <td data-label="Took" class="number">
        {usage ? duration(usage.wall_ms) : '–'}
      </td>
      <td data-label="What went wrong" class="message">
        {error && <span class="clamp">{`${error.name}: ${error.message}`}</span>}
      </td>
    </tr>
  );
}
