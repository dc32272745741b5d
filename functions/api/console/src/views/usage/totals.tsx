import { duration } from '../../model/times';
import type { Sums } from '../../model/usage';

export function Totals({ sums: { executions, failures, cpu_ms }, days }: { sums: Sums; days: number }) {
  const share = executions === 0 ? 0 : (failures / executions) * 100;
  return (
    <dl class="totals" aria-label={`Sums of ${days} days`}>
      <div>
        <dt>Executions</dt>
        <dd>{executions.toLocaleString('en')}</dd>
      </div>
      <div>
        <dt>Failures</dt>
        <dd class={failures > 0 ? 'problem' : undefined}>
          {failures.toLocaleString('en')} <small>{share.toFixed(1)} %</small>
        </dd>
      </div>
      <div>
        <dt>Processor time</dt>
        <dd>{duration(cpu_ms)}</dd>
      </div>
    </dl>
  );
}
