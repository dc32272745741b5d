import type { Sums } from '../../model/usage';

/** What the charts show, in numbers. */
export function DayTable({ sums }: { sums: ReadonlyMap<string, Sums> }) {
  return (
    <details>
      <summary>The days as a table</summary>
      <table class="list">
        <caption>UTC days, the latest first</caption>
        <thead>
          <tr>
            <th>Day</th>
            <th class="number">Executions</th>
            <th class="number">Failures</th>
            <th class="number">Processor time</th>
          </tr>
        </thead>
        <tbody>
          {[...sums].toReversed().map(([day, { executions, failures, cpu_ms }]) => (
            <tr key={day}>
              <th scope="row" data-label="Day">
                {day}
              </th>
              <td data-label="Executions" class="number">
                {executions.toLocaleString('en')}
              </td>
              <td data-label="Failures" class="number">
                {failures.toLocaleString('en')}
              </td>
              <td data-label="Processor time" class="number">
                {Math.round(cpu_ms).toLocaleString('en')} ms
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
