import { Outcome } from '../../components/outcome';
import { Sparkline } from '../../components/sparkline';
import { Time } from '../../components/time';
import type { ExecutionSummary } from '../../model/executions';
import type { FunctionSummary } from '../../model/functions';
import { href } from '../../router';
import { DAYS, type Activity } from './activity';

interface RowsProps {
  readonly functions: readonly FunctionSummary[];
  readonly activity: Activity | null;
}

export function Rows({ functions, activity }: RowsProps) {
  return (
    <table class="list functions">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">State</th>
          <th scope="col">Latest record</th>
          <th scope="col">Executions in {DAYS} days</th>
        </tr>
      </thead>
      <tbody>
        {functions.map((each) => (
          <tr key={each.id}>
            <th scope="row">
              <a href={href(['functions', each.id])}>{each.name}</a>
            </th>
            <td data-label="State">
              <State of={each} />
            </td>
            <td data-label="Latest record">
              <Latest record={activity?.latest.get(each.id)} />
            </td>
            <td data-label={`${DAYS} days`} class="activity">
              {activity && <Sparkline days={activity.counts.get(each.id)} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function State({ of: { enabled, disable_reason } }: { of: FunctionSummary }) {
  if (disable_reason) return <span class="badge bad" title={disable_reason}>failing</span>;
  return <span class={enabled ? 'badge good' : 'badge'}>{enabled ? 'enabled' : 'disabled'}</span>;
}

function Latest({ record }: { record: ExecutionSummary | undefined }) {
  if (!record) return <span class="note">–</span>;
  return (
    <a class="record" href={href(['executions', record.function_id, record.execution_id])}>
      <Outcome of={record} /> <Time ms={record.ended_ms ?? record.created_ms} />
    </a>
  );
}
