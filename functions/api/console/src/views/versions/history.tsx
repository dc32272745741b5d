import { Dialog } from '../../components/dialog';
import { Failure } from '../../components/failure';
import { Time } from '../../components/time';
import { useLoaded } from '../../load';
import { msOfGregorian } from '../../model/times';
import { targetText, type AliasWithHistory } from '../../model/versions';

interface HistoryProps {
  readonly name: string;
  readonly load: (signal: AbortSignal) => Promise<AliasWithHistory>;
  readonly onClose: () => void;
}

/** The moves of an alias, the latest first. */
export function History({ name, load, onClose }: HistoryProps) {
  const { value, error, reload } = useLoaded(name, load);
  return (
    <Dialog title={`History of ${name}`} onClose={onClose} wide>
      {error !== null && <Failure error={error} onRetry={reload} />}
      {value?.history.length === 0 && <p>It points to where it pointed when it was made: {targetText(value)}.</p>}
      <ol class="history">
        {value?.history.map((move, at) => (
          <li key={at}>
            {move.rollback ? 'Rolled back to' : 'Moved to'} {targetText(move.to)}
            <p class="note">
              <Time ms={msOfGregorian(move.at)} /> from {targetText(move.from)}, by key <code>{move.by.slice(0, 8)}</code>
            </p>
            {move.forced && (
              <p>
                <span class="badge warn">forced</span> {move.reason}
              </p>
            )}
          </li>
        ))}
      </ol>
      <div class="actions">
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
