import { useState } from 'preact/hooks';

import { Copy } from '../../components/copy';
import { FunctionName } from '../../components/function_name';
import { sourceOf } from '../../model/sample_event';
import { Switch, type Owned } from './list';

/** What a trigger is bound to, with its URL and the secret that was made for it. */
export function Facts({ functionId, trigger, onDone }: Owned & { onDone: () => void }) {
  const { url, secret, folder, queue_url } = trigger._read_only ?? {};
  return (
    <section class="panel" aria-labelledby="facts-title">
      <h2 id="facts-title">Details</h2>
      <dl class="facts">
        <dt>Enabled</dt>
        <dd>
          <Switch functionId={functionId} trigger={trigger} onDone={onDone} />
        </dd>
        <dt>Type</dt>
        <dd>
          <span class="badge">{trigger.type}</span>
        </dd>
        <dt>Function</dt>
        <dd>
          <FunctionName id={functionId} />
        </dd>
        <dt>Version</dt>
        <dd>{trigger.qualifier}</dd>
        {!url && <dt>Listens to</dt>}
        {!url && (
          <dd>
            <code>{sourceOf(trigger)}</code>
          </dd>
        )}
        {folder && <dt>Folder</dt>}
        {folder && <dd class="id">{folder}</dd>}
        {queue_url && <dt>Queue</dt>}
        {queue_url && <dd class="id">{queue_url}</dd>}
        <dt>Id</dt>
        <dd class="id">{trigger.id}</dd>
      </dl>
      {url && <Value label="URL" value={url} />}
      {secret && <Secret secret={secret} />}
      {trigger.type === 'webhook' && !secret && <p class="note">It has a secret of your own, which is never shown.</p>}
    </section>
  );
}

function Secret({ secret }: { secret: string }) {
  const [isShown, setShown] = useState(false);
  if (isShown) return <Value label="Secret" value={secret} />;
  return (
    <div class="bar">
      <button type="button" onClick={() => setShown(true)}>
        Show the secret
      </button>
      <span class="note">It was made for this trigger.</span>
    </div>
  );
}

function Value({ label, value }: { label: string; value: string }) {
  return (
    <div class="field">
      <span class="label">{label}</span>
      <div class="copied">
        <code>{value}</code>
        <Copy text={() => value} what={label} />
      </div>
    </div>
  );
}
