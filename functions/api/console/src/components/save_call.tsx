import { useState } from 'preact/hooks';

import type { CallDraft } from '../model/calls';
import { CallForm } from './call_form';
import { toast } from './toast';

interface SaveCallProps {
  readonly functionId: string;
  /** Return what the form holds at first. */
  readonly load: () => Promise<CallDraft>;
}

/** Save what was executed, with what came of it, as a call of the function. */
export function SaveCall({ functionId, load }: SaveCallProps) {
  const [draft, setDraft] = useState<CallDraft | null>(null);
  const [busy, setBusy] = useState(false);
  const open = async () => {
    setBusy(true);
    try {
      setDraft(await load());
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <button type="button" disabled={busy} onClick={() => void open()}>
        Save as a call
      </button>
      {draft && <CallForm functionId={functionId} initial={draft} onDone={() => {}} onClose={() => setDraft(null)} />}
    </>
  );
}
