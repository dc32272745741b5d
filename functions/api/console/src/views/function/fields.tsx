// The fields of a function's settings, each with its label.

import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';

export function Text(props: { label: string; value: string; maxLength: number; onType: (text: string) => void }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        value={props.value}
        maxLength={props.maxLength}
        required
        onInput={(event) => props.onType(event.currentTarget.value)}
      />
    </div>
  );
}

export function Count(props: { label: string; value: number; min: number; max: number; onType: (value: number) => void }) {
  const { label, value, min, max, onType } = props;
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="number"
        min={min}
        max={max}
        step={1}
        value={value}
        aria-describedby={`${id}-range`}
        onInput={(event) => {
          if (event.currentTarget.value !== '') onType(event.currentTarget.valueAsNumber);
        }}
      />
      <p id={`${id}-range`} class="note">
        {min} to {max.toLocaleString('en')}
      </p>
    </div>
  );
}

interface ChoiceProps<Word extends string> {
  readonly label: string;
  readonly value: Word;
  readonly words: Readonly<Record<Word, string>>;
  readonly onChoose: (word: Word) => void;
}

export function Choice<Word extends string>({ label, value, words, onChoose }: ChoiceProps<Word>) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChoose(event.currentTarget.value as Word)}>
        {Object.entries<string>(words).map(([word, text]) => (
          <option key={word} value={word}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

interface LinesProps {
  readonly label: string;
  readonly about?: string;
  readonly value: readonly string[];
  readonly example: string;
  readonly onType: (lines: string[]) => void;
}

export function Lines({ label, about, value, example, onType }: LinesProps) {
  // The text may have an empty line for a while, which the list has not.
  const [text, setText] = useState(value.join('\n'));
  const id = useId();
  const shown = linesOf(text).join('\n') === value.join('\n') ? text : value.join('\n');
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        class="mono"
        rows={Math.max(2, shown.split('\n').length)}
        spellcheck={false}
        placeholder={example}
        value={shown}
        onInput={(event) => {
          setText(event.currentTarget.value);
          onType(linesOf(event.currentTarget.value));
        }}
      />
      {about && <p class="note">{about}</p>}
    </div>
  );
}

export interface NamesProps {
  readonly label: string;
  readonly names: readonly string[];
  readonly value: readonly string[];
  readonly onType: (names: string[]) => void;
  readonly children?: ComponentChildren;
}

export function Names({ label, names, value, onType, children }: NamesProps) {
  return (
    <fieldset class="field">
      <legend>{label}</legend>
      {children}
      {names.map((name) => (
        <label key={name} class="check">
          <input
            type="checkbox"
            checked={value.includes(name)}
            onChange={(event) => {
              const others = value.filter((each) => each !== name);
              onType(event.currentTarget.checked ? [...others, name].sort() : others);
            }}
          />
          <code>{name}</code>
        </label>
      ))}
    </fieldset>
  );
}

function linesOf(text: string): string[] {
  return text.split('\n').map((line) => line.trim()).filter(Boolean);
}
