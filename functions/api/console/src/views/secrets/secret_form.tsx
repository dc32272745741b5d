import { useState } from 'preact/hooks';

import { put } from '../../api';
import { Form } from '../../components/form';
import { toast } from '../../components/toast';
import type { Secret } from './list';

interface SecretFormProps {
  /** The path of the secrets in the API: those of the account, or of a function. */
  readonly path: string;
  /** The secret to be rotated; null for a new one. */
  readonly before: Secret | null;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Put a secret, or rotate it. The value is forgotten with the form. */
export function SecretForm({ path, before, onDone, onClose }: SecretFormProps) {
  const [name, setName] = useState(before?.name ?? '');
  const [value, setValue] = useState('');
  const [signs, setSigns] = useState(before?.sign ?? false);
  const [hosts, setHosts] = useState(before?.hosts.join('\n') ?? '');
  const [isWrong, setWrong] = useState(false);
  const submit = async () => {
    const use = signs ? { sign: true } : { hosts: hosts.split(/[\s,]+/).filter(Boolean) };
    await put(`${path}/${encodeURIComponent(name)}`, { value, ...use, ...(isWrong && { overlap_s: 0 }) });
    toast(before ? `${name} is rotated.` : `${name} is put.`);
    onDone();
  };
  return (
    <Form title={before ? `Rotate ${before.name}` : 'Put a secret'} action={before ? 'Rotate' : 'Put'} onSubmit={submit} onClose={onClose}>
      {!before && (
        <div class="field">
          <label for="secret-name">Name</label>
          <input
            id="secret-name"
            class="mono"
            required
            pattern="[A-Z][A-Z0-9_]{0,63}"
            title="Capitals, digits and _; a capital first"
            placeholder="STRIPE_KEY"
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
          <p class="note">A secret of that name that is there already is rotated.</p>
        </div>
      )}
      <div class="field">
        <label for="secret-value">Value</label>
        <input
          id="secret-value"
          type="password"
          autocomplete="new-password"
          required
          minLength={8}
          value={value}
          onInput={(event) => setValue(event.currentTarget.value)}
        />
        <p class="note">8 characters at least. No answer shows it, then or later.</p>
      </div>
      <fieldset>
        <legend class="hidden">What it is for</legend>
        <div class="bar">
          <label class="check">
            <input type="radio" name="secret-use" checked={!signs} onChange={() => setSigns(false)} />
            It is sent to hosts
          </label>
          <label class="check">
            <input type="radio" name="secret-use" checked={signs} onChange={() => setSigns(true)} />
            It signs, and goes nowhere
          </label>
        </div>
      </fieldset>
      {!signs && (
        <div class="field">
          <label for="secret-hosts">Hosts, one a line</label>
          <textarea
            id="secret-hosts"
            class="mono"
            rows={3}
            required
            spellcheck={false}
            placeholder={'api.stripe.com'}
            value={hosts}
            onInput={(event) => setHosts(event.currentTarget.value)}
          />
          <p class="note">*.example.com is all names below example.com. Hosts change with the value alone.</p>
        </div>
      )}
      {before && (
        <label class="check">
          <input type="checkbox" checked={isWrong} onChange={(event) => setWrong(event.currentTarget.checked)} />
          Forget the value before at once, instead of masking it for a day
        </label>
      )}
    </Form>
  );
}
