import { useState } from 'preact/hooks';

import { Failure } from '../../components/failure';
import { sampleOf, type Trigger } from '../../model/sample_event';
import { href } from '../../router';
import { isSignable, sendTest, wayOf, type Sent } from './sending';

interface TestEventProps {
  readonly functionId: string;
  readonly trigger: Trigger;
  readonly onSent: () => void;
}

/** Send an event to a trigger, to see what its function makes of it. */
export function TestEvent({ functionId, trigger, onSent }: TestEventProps) {
  const isRequest = trigger.type === 'http';
  const [text, setText] = useState(() => (isRequest ? 'GET /' : JSON.stringify(sampleOf(trigger), null, 2)));
  const [secret, setSecret] = useState(trigger._read_only?.secret ?? '');
  const [sent, setSent] = useState<Sent | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const asksSecret = isSignable(trigger) && !trigger._read_only?.secret;
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    setSent(null);
    try {
      setSent(await sendTest(functionId, trigger, text, secret));
      onSent();
    } catch (failure) {
      setError(failure instanceof SyntaxError ? new Error(`This is no JSON: ${failure.message}`) : failure);
    }
    setBusy(false);
  };
  return (
    <section class="panel" aria-labelledby="test-title">
      <h2 id="test-title">Send a test {isRequest ? 'request' : 'event'}</h2>
      <p class="note">{wayOf(trigger)}</p>
      <form class="form whole" onSubmit={(event) => void submit(event)}>
        <div class="field">
          <label for="test-text">{isRequest ? 'Method, what follows the path, and a body below' : 'Event, as JSON'}</label>
          <textarea
            id="test-text"
            class="mono"
            rows={Math.min(14, text.split('\n').length + 1)}
            spellcheck={false}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </div>
        {asksSecret && (
          <div class="field">
            <label for="test-secret">Your secret, to sign with</label>
            <input
              id="test-secret"
              type="password"
              autocomplete="off"
              required
              value={secret}
              onInput={(event) => setSecret(event.currentTarget.value)}
            />
          </div>
        )}
        <div class="bar">
          <button type="submit" class="primary" disabled={busy || !trigger.enabled}>
            Send
          </button>
          {!trigger.enabled && <span class="note">Enable the trigger first.</span>}
        </div>
      </form>
      {error !== null && <Failure error={error} />}
      {sent && (
        <div class={sent.isError ? 'notice' : 'notice good'} role="status">
          <p>{sent.text}</p>
          {sent.executionId && <a href={href(['executions', functionId, sent.executionId])}>See the execution</a>}
        </div>
      )}
      {sent?.answer !== undefined && <pre class="panel">{sent.answer}</pre>}
    </section>
  );
}
