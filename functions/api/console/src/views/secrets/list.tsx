import { Head } from '../../components/head';
import { Time } from '../../components/time';
import { msOfGregorian } from '../../model/times';

export interface Secret {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly sign: boolean;
  /** Gregorian seconds, as the others. */
  readonly created: number;
  readonly modified: number;
  /** Until when the value before the latest is masked; null where there is none. */
  readonly overlap_until: number | null;
}

interface ListProps {
  readonly secrets: readonly Secret[];
  readonly onRotate: (secret: Secret) => void;
  readonly onRemove: (secret: Secret) => void;
}

export function List({ secrets, onRotate, onRemove }: ListProps) {
  return (
    <table class="list">
      <Head columns={['Secret', 'Where it may go', 'Put']} />
      <tbody>
        {secrets.map((secret) => (
          <tr key={secret.name}>
            <th scope="row" data-label="Secret">
              <code>{secret.name}</code>
            </th>
            <td data-label="Where it may go" class="message">
              {secret.sign ? 'Nowhere: it signs' : secret.hosts.join(', ')}
            </td>
            <td data-label="Put">
              <span>
                <Time ms={msOfGregorian(secret.modified)} />
                <Overlap until={secret.overlap_until} />
              </span>
            </td>
            <td class="actions">
              <button type="button" class="quiet" aria-label={`Rotate ${secret.name}`} onClick={() => onRotate(secret)}>
                Rotate
              </button>
              <button type="button" class="quiet" aria-label={`Remove ${secret.name}`} onClick={() => onRemove(secret)}>
                Remove
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Overlap({ until }: { until: number | null }) {
  if (until === null || msOfGregorian(until) < Date.now()) return null;
  return (
    <span class="note">
      ; the value before is masked, ends <Time ms={msOfGregorian(until)} />
    </span>
  );
}
