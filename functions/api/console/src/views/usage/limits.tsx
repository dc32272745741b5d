import { get } from '../../api';
import { Failure } from '../../components/failure';
import { useLoaded } from '../../load';

interface Quota {
  readonly limit: number;
  readonly used: number;
}

const WORDS: Readonly<Record<string, string>> = {
  functions: 'Functions',
  accounts: 'Accounts below',
  triggers: 'Triggers',
  event_triggers: 'Triggers of type event',
  bucket_triggers: 'Triggers of type bucket',
  idempotency_keys: 'Valid idempotency keys',
  approvals: 'Approvals of calls of tools',
  waiting_executions: 'Executions that wait',
  record_bytes: 'Records and inputs',
  kv_items: 'Values in the key-value store',
  kv_bytes: 'Size of those values',
};

/** What the account may have, and what it has, with all accounts below it. */
export function Limits() {
  const { value, error, reload } = useLoaded('usage', (signal) => get<Readonly<Record<string, Quota>>>('usage', {}, signal));
  return (
    <section aria-labelledby="limits-title">
      <h2 id="limits-title">Limits of the account</h2>
      {error !== null && <Failure error={error} onRetry={reload} />}
      {value && (
        <ul class="limits panel">
          {Object.entries(value).map(([name, { limit, used }]) => (
            <li key={name}>
              <span>{WORDS[name] ?? name.replaceAll('_', ' ')}</span>
              <span class="note">
                {amount(name, used)} of {amount(name, limit)}
              </span>
              <meter value={used} max={Math.max(1, limit)} high={limit * 0.9} aria-label={WORDS[name] ?? name} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function amount(name: string, count: number): string {
  if (!name.endsWith('_bytes')) return count.toLocaleString('en');
  if (count < 1_000) return `${count} bytes`;
  const [size, unit] =
    count < 1_000_000 ? [count / 1_000, 'KB'] : count < 1_000_000_000 ? [count / 1_000_000, 'MB'] : [count / 1_000_000_000, 'GB'];
  return `${size.toLocaleString('en', { maximumFractionDigits: 1 })} ${unit}`;
}
