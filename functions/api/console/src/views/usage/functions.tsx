import { useState } from 'preact/hooks';

import { Empty } from '../../components/empty';
import { FunctionName } from '../../components/function_name';
import { duration } from '../../model/times';
import { byFunction, type Counted } from '../../model/usage';
import { href } from '../../router';

const SHOWN = 20;

/** What each function executed, those with the most executions first. */
export function Functions({ counted, isWhole }: { counted: readonly Counted[]; isWhole: boolean }) {
  const [shown, setShown] = useState(SHOWN);
  const sums = byFunction(counted);
  if (sums.length === 0) {
    return (
      <Empty title="Nothing was executed in these days" command="isolambda run greet --input '{}'">
        <p>Every execution is counted, whether it is recorded or not; counts are here after some seconds.</p>
        <a class="button primary" href={href(['functions'])}>
          Run a function
        </a>
      </Empty>
    );
  }
  return (
    <section aria-labelledby="by-function-title">
      <h2 id="by-function-title">By function</h2>
      {!isWhole && <p class="note">These are the latest rows alone: choose fewer days for whole sums.</p>}
      <table class="list">
        <thead>
          <tr>
            <th>Function</th>
            <th class="number">Executions</th>
            <th class="number">Failures</th>
            <th class="number">Processor time</th>
            <th class="number">Each</th>
          </tr>
        </thead>
        <tbody>
          {sums.slice(0, shown).map(([id, { executions, failures, cpu_ms }]) => (
            <tr key={id}>
              <th scope="row" data-label="Function">
                <FunctionName id={id} />
              </th>
              <td data-label="Executions" class="number">
                <a href={href(['executions'], { function: id })}>{executions.toLocaleString('en')}</a>
              </td>
              <td data-label="Failures" class="number">
                {failures > 0 && (
                  <a href={href(['executions'], { function: id, status: 'failed' })}>{failures.toLocaleString('en')}</a>
                )}
              </td>
              <td data-label="Processor time" class="number">
                {duration(cpu_ms)}
              </td>
              <td data-label="Each" class="number">
                {duration(cpu_ms / Math.max(1, executions))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {sums.length > shown && (
        <button type="button" onClick={() => setShown(shown + SHOWN)}>
          {sums.length - shown} more
        </button>
      )}
    </section>
  );
}
