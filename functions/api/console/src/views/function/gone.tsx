import type { Signal } from '@preact/signals';
import { useState } from 'preact/hooks';

import { Failure } from '../../components/failure';
import { toast } from '../../components/toast';
import { forgetDraft, makeAgain, type Draft, type GoneError } from '../../drafts';
import { go } from '../../router';

/** Another one removed the function meanwhile: what is typed becomes a new one, or is dropped. */
export function Gone({ draft, error }: { draft: Signal<Draft>; error: GoneError }) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const make = async () => {
    setBusy(true);
    setFailure(null);
    try {
      const id = await makeAgain(draft);
      toast('Saved as a new function');
      go(['functions', id]);
    } catch (refusal) {
      setFailure(refusal);
      setBusy(false);
    }
  };
  const drop = () => {
    forgetDraft(draft.peek().saved.id);
    go(['functions']);
  };
  return (
    <>
      <div class="failure" role="alert">
        <p>{error.message} What you typed is still here. Its versions, aliases and triggers are gone.</p>
        <div class="actions">
          <button type="button" class="primary" disabled={busy} onClick={() => void make()}>
            Make a new function of it
          </button>
          <button type="button" disabled={busy} onClick={drop}>
            Drop it
          </button>
        </div>
      </div>
      {failure !== null && <Failure error={failure} />}
    </>
  );
}
