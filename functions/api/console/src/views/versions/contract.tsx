import type { ComponentChild } from 'preact';
import { useState } from 'preact/hooks';

import { PlayedCalls } from '../../components/played_calls';
import { brokenIn, REASON_CHARACTERS, type Broken, type SchemaBreak } from '../../model/contracts';

interface Contract {
  /** Move the alias by what `move` sends; where the contract is broken, `broken` says so after the error. */
  readonly attempt: <T>(move: (force: object) => Promise<T>) => Promise<T>;
  /** What is broken, and how to move it all the same; null for nothing. */
  readonly broken: ComponentChild;
  readonly isForced: boolean;
}

/** What a form says that moves an alias, once the contract keeps it where it is; of another `target` it says nothing. */
export function useContract(target: string): Contract {
  const [refusal, setRefusal] = useState<{ readonly of: string; readonly broken: Broken | null } | null>(null);
  const [forced, setForced] = useState(false);
  const [reason, setReason] = useState('');
  const found = refusal?.of === target ? refusal.broken : null;
  const isForced = forced && found !== null;
  const attempt = async <T,>(move: (force: object) => Promise<T>) => {
    try {
      return await move(isForced ? { force: true, reason } : {});
    } catch (error) {
      setRefusal({ of: target, broken: brokenIn(error) });
      setForced(false);
      throw error;
    }
  };
  const broken = found && (
    <>
      {found.calls.length > 0 && <PlayedCalls calls={found.calls} label="Saved calls that fail" />}
      {found.schemas.length > 0 && <Breaks of={found.schemas} />}
      <label class="check">
        <input type="checkbox" checked={isForced} onChange={(event) => setForced(event.currentTarget.checked)} />
        Move it all the same
      </label>
      {isForced && (
        <div class="field">
          <label for="force-reason">Reason, for the history</label>
          <textarea
            id="force-reason"
            rows={2}
            required
            maxLength={REASON_CHARACTERS}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </div>
      )}
    </>
  );
  return { attempt, broken, isForced };
}

const SENT = { input: 'What callers send', result: 'What it returns' } as const;

function Breaks({ of }: { of: readonly SchemaBreak[] }) {
  return (
    <ul class="played" aria-label="Breaks of schemas">
      {of.map(({ of: side, path, what, version, before }, at) => (
        <li key={at}>
          <div class="bar">
            <span class="badge bad">{side}</span>
            {path && <code>{path}</code>}
          </div>
          <p>
            {SENT[side]} {what} <span class="note">(version {before} to {version})</span>
          </p>
        </li>
      ))}
    </ul>
  );
}
