import type { Signal } from '@preact/signals';
import { useState } from 'preact/hooks';

import { answer } from '../../api';
import { Failure } from '../../components/failure';
import { toast } from '../../components/toast';
import type { Draft } from '../../drafts';
import type { FunctionDocument } from '../../model/functions';
import { msOfGregorian } from '../../model/times';
import { Time } from '../../components/time';

/** Says that versions are disabled because they kept failing, and enables them. */
export function Disabled({ draft }: { draft: Signal<Draft> }) {
  const [error, setError] = useState<unknown>(null);
  const { saved } = draft.value;
  const disabled = saved._read_only?.disabled ?? [];
  if (disabled.length === 0) return null;
  const enable = async () => {
    try {
      const path = `functions/${encodeURIComponent(saved.id)}`;
      const { data, etag } = await answer<FunctionDocument>('PATCH', path, { data: { enabled: true } });
      // What is typed stays, but for what was just decided.
      const document = draft.value.document === saved ? data : { ...draft.value.document, enabled: true };
      draft.value = { ...draft.value, saved: data, etag, document };
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
          <button type="button" onClick={() => void enable()}>
            Enable now
          </button>
        </div>
      ))}
      {error !== null && <Failure error={error} />}
    </>
  );
}
