import { useState } from 'preact/hooks';

import { answer } from '../../api';
import { toast } from '../../components/toast';
import type { WholeExecution } from '../../model/executions';
import { go } from '../../router';

/** Execute the same version with the same input once more, and show that execution. */
export function RunAgain({ of }: { of: WholeExecution }) {
  const [busy, setBusy] = useState(false);
  if (of.input === undefined) return null;
  const run = async () => {
    setBusy(true);
    try {
      const path = `functions/${encodeURIComponent(of.function_id)}/execute`;
      // Asynchronous executions are always recorded, so that there is one to show.
      const { data } = await answer<{ execution_id: string }>('POST', path, {
        query: { qualifier: of.qualifier },
        data: of.input,
        headers: { prefer: 'respond-async' },
      });
      go(['executions', of.function_id, data.execution_id]);
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <button type="button" onClick={run} disabled={busy}>
      Run again
    </button>
  );
}
