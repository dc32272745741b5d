import type { Signal } from '@preact/signals';
import { useState } from 'preact/hooks';

import { Failure } from '../../components/failure';
import { toast } from '../../components/toast';
import { enable, type Draft } from '../../drafts';
import { msOfGregorian } from '../../model/times';
import { Time } from '../../components/time';

/** Says that versions are disabled because they kept failing, and enables them. */
export function Disabled({ draft }: { draft: Signal<Draft> }) {
  const [error, setError] = useState<unknown>(null);
  const { saved } = draft.value;
  const disabled = saved._read_only?.disabled ?? [];
  if (disabled.length === 0) return null;
  const enableNow = async () => {
    try {
      await enable(draft);
      setError(null);
      toast('Enabled again');
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <>
      {disabled.map(({ version, reason, retry_at }) => (
        <div class="notice" key={version}>
          <p>
            {version === '$LATEST' ? 'The draft' : `Version ${version}`} is disabled because it kept failing: {reason}. It is
            tried again <Time ms={msOfGregorian(retry_at)} />.
          </p>
          <button type="button" onClick={() => void enableNow()}>
            Enable now
          </button>
        </div>
      ))}
      {error !== null && <Failure error={error} />}
    </>
  );
}
