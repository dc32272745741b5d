import { useState } from 'preact/hooks';

import { post } from '../../api';
import { Dialog } from '../../components/dialog';
import { Failure } from '../../components/failure';
import { FunctionName } from '../../components/function_name';
import { Time } from '../../components/time';
import { toast } from '../../components/toast';
import { plainJson, STATUSES, type Approval } from '../../model/approvals';
import { msOfGregorian } from '../../model/times';
import { href } from '../../router';

interface ReviewProps {
  readonly approval: Approval;
  /** The name of the key that made the call, or a part of its id. */
  readonly caller: string;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

const DECISIONS = { approve: 'approved', deny: 'denied' } as const;

/** One call with all of its arguments, to decide on. */
export function Review({ approval, caller, onDone, onClose }: ReviewProps) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { id, tool, status, function_id, execution_id } = approval;
  const decide = async (decision: keyof typeof DECISIONS) => {
    setBusy(true);
    setError(null);
    try {
      await post(`approvals/${encodeURIComponent(id)}/${decision}`);
      toast(`The call of ${tool} is ${DECISIONS[decision]}.`);
      onDone();
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
      onDone();
    }
  };
  return (
    <Dialog title={`A call of ${tool}`} onClose={onClose} wide>
      <p>
        Made by the key {caller} <Time ms={msOfGregorian(approval.asked)} />; it{' '}
        {status === 'waiting' ? 'waits' : `is ${STATUSES[status]}`}
        {execution_id !== null && (
          <>
            ; <a href={href(['executions', function_id, execution_id])}>its record</a>, if it was kept
          </>
        )}
        . The function: <FunctionName id={function_id} />
      </p>
      <pre class="panel excerpt-of-value" role="group" tabIndex={0} aria-label="Arguments">
        {plainJson(approval.arguments, 2)}
      </pre>
      {status === 'used' ? (
        <p class="note">The same call needs a new approval.</p>
      ) : (
        <p class="note">Approved, the same key executes the tool once with these arguments. A decision can be changed until then.</p>
      )}
      {error !== null && <Failure error={error} />}
      <div class="actions">
        <button type="button" autofocus onClick={onClose}>
          Close
        </button>
        {status !== 'used' && (
          <>
            <button type="button" disabled={busy || status === 'denied'} onClick={() => void decide('deny')}>
              Deny
            </button>
            <button type="button" class="primary" disabled={busy || status === 'approved'} onClick={() => void decide('approve')}>
              Approve
            </button>
          </>
        )}
      </div>
    </Dialog>
  );
}
