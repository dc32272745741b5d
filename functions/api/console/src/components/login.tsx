import { useLayoutEffect, useRef, useState } from 'preact/hooks';

import { ApiError, logIn } from '../api';
import { end } from '../session';
import { Failure } from './failure';
import { useFocusBack } from './focus';

/** Ask for a key; `again` asks above the views, which keep what was typed. */
export function Login({ again = false }: { again?: boolean }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useFocusBack(again);
  useLayoutEffect(() => {
    if (again) dialog.current?.showModal();
    else document.title = 'Log in · Isolambda';
  }, [again]);
  if (!again) {
    return (
      <main class="login">
        <KeyForm again={false} />
      </main>
    );
  }
  // A browser closes a dialog at the second Escape, whatever a page says.
  return (
    <dialog
      ref={dialog}
      class="login"
      aria-labelledby="login-title"
      onCancel={(event) => event.preventDefault()}
      onClose={() => dialog.current?.showModal()}
    >
      <KeyForm again />
    </dialog>
  );
}

function KeyForm({ again }: { again: boolean }) {
  const [key, setKey] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await logIn(key.trim());
    } catch (failure) {
      setError(failure instanceof ApiError && failure.status === 404 ? new Error('There is no such key.') : failure);
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit}>
      <h1 id="login-title">{again ? 'Log in again' : 'Isolambda'}</h1>
      <p>
        {again
          ? 'The key is no longer good. What you typed is kept.'
          : 'Write JavaScript functions, run them, and see what they did.'}
      </p>
      <label for="key">API key</label>
      <input
        id="key"
        type="password"
        autocomplete="off"
        spellcheck={false}
        required
        autofocus
        value={key}
        onInput={(event) => setKey(event.currentTarget.value)}
      />
      {error !== null && <Failure error={error} />}
      <div class="actions">
        <button type="submit" class="primary" disabled={busy}>
          {busy ? 'Logging in …' : 'Log in'}
        </button>
        {again && (
          <button type="button" class="quiet" onClick={end}>
            Log out
          </button>
        )}
      </div>
      <p class="note">The key stays in this page’s memory. A reload forgets it.</p>
      {!again && (
        <details class="note">
          <summary>Where is a key?</summary>
          <p>
            A server writes the first one to <code>credentials.json</code> in its data directory, <code>.isolambda</code>. Its
            operator makes others with <code>isolambda admin keys create</code>.
          </p>
        </details>
      )}
    </form>
  );
}
