import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

import { Dialog } from './dialog';
import { Failure } from './failure';

interface FormProps {
  readonly title: string;
  /** What the button says that sends it. */
  readonly action: string;
  /** May fail: the form stays open then, keeps what was typed, and says why. */
  readonly onSubmit: () => Promise<void>;
  readonly onClose: () => void;
  readonly wide?: boolean;
  /** Whether it stays open after it was sent. */
  readonly stays?: boolean;
  /** What there is to say after an error, beside its message. */
  readonly details?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A dialog that sends something. */
export function Form({ title, action, onSubmit, onClose, wide = false, stays = false, details, children }: FormProps) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await onSubmit();
      if (!stays) onClose();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose} wide={wide}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        {children}
        {error !== null && <Failure error={error} />}
        {details}
        <div class="actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={busy}>
            {action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
