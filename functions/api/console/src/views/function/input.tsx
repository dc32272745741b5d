import type { ComponentChildren } from 'preact';
import { useId, useMemo, useState } from 'preact/hooks';

import { Form } from '../../components/form';
import { toast } from '../../components/toast';
import { fieldsOf } from '../../model/input_forms';
import { forgetInput, savedInputs, saveInput } from '../../model/inputs';
import { InputForm } from './input_form';

interface InputProps {
  readonly functionId: string;
  /** The schema of what the function takes, if it has one. */
  readonly schema: unknown;
  readonly text: string;
  readonly fault: string;
  readonly onType: (text: string) => void;
  /** The button that runs. */
  readonly children: ComponentChildren;
}

/** What the function gets as `call`: typed, or one that was saved in this browser. */
export function Input({ functionId, schema, text, fault, onType, children }: InputProps) {
  const [inputs, setInputs] = useState(() => savedInputs(functionId));
  const [asks, setAsks] = useState(false);
  const [isForm, setIsForm] = useState(true);
  const fields = useMemo(() => fieldsOf(schema), [schema]);
  const id = useId();
  const chosen = inputs.find((input) => input.text === text);
  const forget = (name: string) => {
    setInputs(forgetInput(functionId, name));
    toast(`Forgot the input ${name}`);
  };
  return (
    <div class="input">
      {fields && (
        <div class="actions" role="group" aria-label="Input as">
          <button type="button" aria-pressed={isForm} onClick={() => setIsForm(true)}>
            Form
          </button>
          <button type="button" aria-pressed={!isForm} onClick={() => setIsForm(false)}>
            JSON
          </button>
        </div>
      )}
      {fields && isForm ? (
        <InputForm fields={fields} text={text} onType={onType} />
      ) : (
        <div class="field">
          <label for={id}>Input</label>
          <textarea
            id={id}
            class="mono"
            rows={5}
            spellcheck={false}
            value={text}
            aria-invalid={fault !== ''}
            aria-describedby={fault ? `${id}-fault` : undefined}
            onInput={(event) => onType(event.currentTarget.value)}
          />
        </div>
      )}
      {fault && (
        <p id={`${id}-fault`} class="problem" role="alert">
          {fault}
        </p>
      )}
      <div class="actions">
        {children}
        {inputs.length > 0 && (
          <select
            aria-label="Saved inputs"
            value={chosen?.name ?? ''}
            onChange={(event) => {
              const input = inputs.find(({ name }) => name === event.currentTarget.value);
              if (input) onType(input.text);
            }}
          >
            <option value="">Saved inputs</option>
            {inputs.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        )}
        {chosen ? (
          <button type="button" class="quiet" onClick={() => forget(chosen.name)}>
            Forget input
          </button>
        ) : (
          <button type="button" class="quiet" onClick={() => setAsks(true)}>
            Save input
          </button>
        )}
      </div>
      {asks && (
        <SaveInput
          onSave={(name) => setInputs(saveInput(functionId, { name, text }))}
          onClose={() => setAsks(false)}
        />
      )}
    </div>
  );
}

function SaveInput({ onSave, onClose }: { onSave: (name: string) => void; onClose: () => void }) {
  const [name, setName] = useState('');
  const id = useId();
  return (
    <Form title="Save this input" action="Save" onSubmit={async () => onSave(name.trim())} onClose={onClose}>
      <div class="field">
        <label for={id}>Name</label>
        <input
          id={id}
          required
          autofocus
          maxLength={60}
          placeholder="a call from abroad"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <p class="note">It is kept in this browser alone.</p>
      </div>
    </Form>
  );
}
