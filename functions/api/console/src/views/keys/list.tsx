import { FunctionName } from '../../components/function_name';
import { Head } from '../../components/head';
import { Time } from '../../components/time';
import { scopeText, type Key } from '../../model/keys';
import { msOfGregorian } from '../../model/times';

export function List({ keys, onRemove }: { keys: readonly Key[]; onRemove: (key: Key) => void }) {
  return (
    <table class="list">
      <Head columns={['Key', 'What it may do', 'Made', 'Expires']} />
      <tbody>
        {keys.map((key) => (
          <tr key={key.id}>
            <th scope="row" data-label="Key">
              <span class="bar">
                {key.name ?? <span class="note">without a name</span>}
                <code title={key.id}>{key.id.slice(0, 8)}</code>
                {key.own && <span class="badge">primary</span>}
                {key.current && <span class="badge good">this session</span>}
              </span>
            </th>
            <td data-label="What it may do">
              <span>
                {scopeText(key)}
                {key.function_id !== null && (
                  <>
                    : <FunctionName id={key.function_id} />
                  </>
                )}
              </span>
            </td>
            <td data-label="Made">
              <Time ms={msOfGregorian(key.created)} />
            </td>
            <td data-label="Expires">
              <Expiry at={key.expires} />
            </td>
            <td class="actions">
              <button type="button" class="quiet" aria-label={`Remove ${key.name ?? key.id.slice(0, 8)}`} onClick={() => onRemove(key)}>
                Remove
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Expiry({ at }: { at: number | null }) {
  if (at === null) return <span class="note">never</span>;
  const ms = msOfGregorian(at);
  return ms < Date.now() ? <span class="badge bad">expired</span> : <Time ms={ms} />;
}
