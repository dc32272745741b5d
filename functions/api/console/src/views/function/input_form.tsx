import { useId, useState } from 'preact/hooks';

import { objectIn, shownOf, textWith, valueOf, type InputField } from '../../model/input_forms';

interface InputFormProps {
  readonly fields: readonly InputField[];
  readonly text: string;
  readonly onType: (text: string) => void;
}

/** A form for what the schema of the function accepts; it writes the JSON that is sent. */
export function InputForm({ fields, text, onType }: InputFormProps) {
  const input = objectIn(text);
  if (!input) return <p class="note">The form cannot show this input: change it as JSON.</p>;
  return (
    <div class="input" role="group" aria-label="Input as a form">
      {fields.map((field) => (
        <OneField
          key={field.name}
          field={field}
          value={input[field.name]}
          onChange={(value) => onType(textWith(input, field.name, value))}
        />
      ))}
    </div>
  );
}

interface OneFieldProps {
  readonly field: InputField;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}

function OneField({ field, value, onChange }: OneFieldProps) {
  const { label, note, required, kind, type, choices } = field;
  const id = useId();
  // What is typed may say the same as the value in other characters: `1.` and 1.
  const [typed, setTyped] = useState('');
  const shown = isSame(valueOf(field, typed), value) ? typed : shownOf(value);
  const read = ({ currentTarget }: { currentTarget: { value: string } }) => {
    setTyped(currentTarget.value);
    onChange(valueOf(field, currentTarget.value));
  };
  const common = { id, required, 'aria-describedby': note ? `${id}-note` : undefined };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {kind === 'choice' && (
        <select
          {...common}
          value={choices.findIndex((each) => isSame(each, value))}
          onChange={(event) => onChange(choices[Number(event.currentTarget.value)])}
        >
          <option value={-1} />
          {choices.map((each, index) => (
            <option key={index} value={index}>
              {each === null ? 'null' : shownOf(each)}
            </option>
          ))}
        </select>
      )}
      {kind === 'value' && (
        <input {...common} type="text" inputMode={type === 'number' ? 'decimal' : 'text'} spellcheck={false} value={shown} onInput={read} />
      )}
      {kind === 'list' && <textarea {...common} rows={3} spellcheck={false} placeholder="one on a line" value={shown} onInput={read} />}
      {note && (
        <p id={`${id}-note`} class="note">
          {note}
        </p>
      )}
    </div>
  );
}

function isSame(left: unknown, right: unknown): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}
