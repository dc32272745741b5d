import { Empty } from '../../components/empty';
import { Head } from '../../components/head';
import { Time } from '../../components/time';
import type { Pages } from '../../load';
import { EXPECTATIONS, type CallSummary } from '../../model/calls';
import { msOfGregorian } from '../../model/times';

interface CallListProps {
  readonly calls: Pages<CallSummary>;
  readonly onChange: (name: string) => void;
  readonly onDelete: (name: string) => void;
}

export function CallList({ calls, onChange, onDelete }: CallListProps) {
  const items = calls.value ?? [];
  if (items.length === 0) {
    return (
      <Empty title="No saved calls yet" command="isolambda calls save FUNCTION --execution ID">
        <p>
          A saved call is an input with what is to come of it. Run the function, or open one of its executions, and press
          <b> Save as a call</b>. All of them are run here on the draft or on a version, and an alias that enforces the
          contract moves only to a version on which they pass.
        </p>
      </Empty>
    );
  }
  return (
    <section aria-labelledby="calls-title">
      <h2 id="calls-title">Calls</h2>
      <table class="list">
        <Head columns={['Call', 'Passes when', 'Saved']} />
        <tbody>
          {items.map(({ name, expects, modified }) => (
            <tr key={name}>
              <th scope="row" data-label="Call">
                {name}
              </th>
              <td data-label="Passes when">{EXPECTATIONS[expects]}</td>
              <td data-label="Saved">
                <Time ms={msOfGregorian(modified)} />
              </td>
              <td class="actions">
                <button type="button" class="quiet" aria-label={`Change ${name}`} onClick={() => onChange(name)}>
                  Change
                </button>
                <button type="button" class="quiet" aria-label={`Delete ${name}`} onClick={() => onDelete(name)}>
                  Delete
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {calls.more && (
        <button type="button" onClick={calls.more}>
          Show more
        </button>
      )}
    </section>
  );
}
