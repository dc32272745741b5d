import { useState } from 'preact/hooks';

import { put } from '../../api';
import { Form } from '../../components/form';
import { FunctionPicker } from '../../components/function_picker';
import type { NewKey } from '../../model/keys';
import { fieldOf, gregorianOf } from '../../model/times';

interface KeyFormProps {
  readonly onMade: (value: string, name: string) => void;
  readonly onClose: () => void;
}

const DAY_MS = 86_400_000;
const LIVES: readonly (readonly [days: number, words: string])[] = [
  [0, 'Never'],
  [1, 'In a day'],
  [30, 'In 30 days'],
  [365, 'In a year'],
];

export function KeyForm({ onMade, onClose }: KeyFormProps) {
  const [name, setName] = useState('');
  const [manages, setManages] = useState(false);
  const [functionId, setFunctionId] = useState('');
  const [expires, setExpires] = useState('');
  const submit = async () => {
    const scopes = manages ? ['manage', 'execute'] : ['execute'];
    const only = !manages && functionId ? { function_id: functionId } : {};
    const until = expires ? { expires: gregorianOf(new Date(expires).getTime()) } : {};
    const { api_key } = await put<NewKey>('api_keys', { ...(name && { name }), scopes, ...only, ...until });
    onMade(api_key, name || 'the new key');
  };
  return (
    <Form title="Make a key" action="Make" stays onSubmit={submit} onClose={onClose}>
      <div class="field">
        <label for="key-name">Name</label>
        <input
          id="key-name"
          maxLength={128}
          placeholder="Whose it is, or what it is for"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </div>
      <fieldset class="form">
        <legend>What it may do</legend>
        <label class="check">
          <input type="radio" name="key-scope" checked={!manages} onChange={() => setManages(false)} />
          Execute functions
        </label>
        <label class="check">
          <input type="radio" name="key-scope" checked={manages} onChange={() => setManages(true)} />
          Manage the account, and execute
        </label>
      </fieldset>
      {!manages && <FunctionPicker label="Which function" none="All functions" value={functionId} onChange={setFunctionId} />}
      <div class="field">
        <label for="key-expires">Expires (your time; never if empty)</label>
        <input
          id="key-expires"
          type="datetime-local"
          min={fieldOf(Date.now())}
          value={expires}
          onInput={(event) => setExpires(event.currentTarget.value)}
        />
        <div class="bar">
          {LIVES.map(([days, words]) => (
            <button key={days} type="button" class="quiet" onClick={() => setExpires(days ? fieldOf(Date.now() + days * DAY_MS) : '')}>
              {words}
            </button>
          ))}
        </div>
      </div>
    </Form>
  );
}
