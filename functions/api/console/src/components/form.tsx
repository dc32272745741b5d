import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

import { ApiError, PRECONDITION_FAILED } from '../api';
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
  /** Where it was changed elsewhere since it was opened: load it again, keep what was typed, and return what to say. */
  readonly onStale?: () => Promise<string>;
  /** What there is to say after an error, beside its message. */
  readonly details?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A dialog that sends something. */
export function Form({ title, action, onSubmit, onClose, wide = false, stays = false, onStale, details, children }: FormProps) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [told, setTold] = useState('');
  const submit = async (event: Event) => {
    event.preventDefault();
    setTold('');
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
  const load = async () => {
    setBusy(true);
    try {
      setTold(await onStale!());
      setError(null);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const isStale = onStale !== undefined && error instanceof ApiError && error.status === PRECONDITION_FAILED;
  return (
    <Dialog title={title} onClose={onClose} wide={wide}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        {children}
        {isStale ? <Stale busy={busy} onLoad={load} /> : error !== null && <Failure error={error} />}
        {told && <Told text={`${told} What you typed stays: press ${action} to save it.`} />}
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

function Stale({ busy, onLoad }: { busy: boolean; onLoad: () => Promise<void> }) {
  return (
    <div class="failure" role="alert">
      <p>It was changed elsewhere since you opened it. Nothing is saved yet, and what you typed is still here.</p>
      <button type="button" disabled={busy} onClick={() => void onLoad()}>
        Load it and go on
      </button>
    </div>
  );
}

function Told({ text }: { text: string }) {
  const told = useRef<HTMLDivElement>(null);
  // The button that had the focus is gone.
  useLayoutEffect(() => told.current?.focus(), [text]);
  return (
    <div ref={told} class="notice" role="note" tabIndex={-1}>
      <p>{text}</p>
    </div>
  );
}
