import { useEffect, useId, useLayoutEffect, useState } from 'preact/hooks';

import { findFunction, loadName, loadNames, names, suggestFunctions, type Named } from '../names';

interface FunctionPickerProps {
  readonly label: string;
  /** The id of a function, or `''` for none. */
  readonly value: string;
  readonly onChange: (id: string) => void;
  /** What no function means; without it one must be chosen. */
  readonly none?: string;
}

const PAUSE_MS = 250;

/** Choose a function: from a list, or by its name where there are too many for one. */
export function FunctionPicker(props: FunctionPickerProps) {
  const { first, whole } = names();
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    loadNames().catch(() => setFailed(true));
  }, []);
  return whole || !(first || failed) ? <FromList {...props} /> : <ByName {...props} />;
}

function FromList({ label, value, onChange, none }: FunctionPickerProps) {
  const { first } = names();
  const id = useId();
  const functions = [...(first ?? [])].sort((a, b) => a.name.localeCompare(b.name));
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} required={none === undefined} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">{first ? none ?? 'Choose a function' : 'Loading …'}</option>
        {value && !functions.some((each) => each.id === value) && <option value={value}>{value}</option>}
        {functions.map((each) => (
          <option key={each.id} value={each.id}>
            {each.name}
          </option>
        ))}
      </select>
    </div>
  );
}

function ByName({ label, value, onChange, none }: FunctionPickerProps) {
  const { first, byId } = names();
  const [suggested, setSuggested] = useState<readonly Named[]>(first ?? []);
  const [text, setText] = useState<string | null>(null);
  const [error, setError] = useState('');
  const id = useId();
  useLayoutEffect(() => {
    setText(null);
    if (value && !byId.has(value)) void loadName(value);
  }, [value]);
  useEffect(() => {
    if (!text) return;
    const timer = setTimeout(() => void suggestFunctions(text).then(setSuggested, () => {}), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const choose = async (word: string) => {
    setText(word);
    setError('');
    if (!word) return onChange('');
    try {
      onChange((await findFunction(word)).id);
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure));
    }
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        list={`${id}-names`}
        placeholder={none ?? 'Name or id of a function'}
        required={none === undefined}
        aria-invalid={error !== ''}
        aria-describedby={error ? `${id}-error` : undefined}
        value={text ?? byId.get(value) ?? value}
        onInput={(event) => setText(event.currentTarget.value)}
        onChange={(event) => void choose(event.currentTarget.value.trim())}
      />
      <datalist id={`${id}-names`}>{suggested.map((each) => <option key={each.id} value={each.name} />)}</datalist>
      {error && <p id={`${id}-error`} class="problem">{error}</p>}
    </div>
  );
}
