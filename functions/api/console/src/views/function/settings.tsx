import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';

import { remove } from '../../api';
import { Confirm } from '../../components/dialog';
import { Time } from '../../components/time';
import { toast } from '../../components/toast';
import { forgetDraft, secretNames, type Draft } from '../../drafts';
import { useLoaded } from '../../load';
import { DEFAULTS, type FunctionDocument, type Limits } from '../../model/functions';
import { msOfGregorian } from '../../model/times';
import { go, href } from '../../router';

interface SettingsProps {
  readonly draft: Signal<Draft>;
  readonly onChange: (document: FunctionDocument) => void;
}

/** All of a function's document but its sources. It is saved with them. */
export function Settings({ draft, onChange }: SettingsProps) {
  const { saved, metadata, document } = draft.value;
  const set = (change: Partial<FunctionDocument>) => onChange({ ...document, ...change });
  const setLimit = (change: Partial<Limits>) => set({ limits: { ...document.limits, ...change } });
  const limits = { ...DEFAULTS, ...document.limits };
  const { created, modified } = metadata ?? {};
  return (
    <div class="settings">
      <Group title="Function">
        <Text label="Name" value={document.name} maxLength={128} onType={(name) => set({ name })} />
        <label class="check">
          <input type="checkbox" checked={document.enabled} onChange={(event) => set({ enabled: event.currentTarget.checked })} />
          Enabled: it may be executed
        </label>
        <Choice
          label="Language"
          value={document.language_pack ?? 'javascript'}
          words={{ javascript: 'JavaScript', typescript: 'TypeScript' }}
          onChoose={(language_pack) => set({ language_pack })}
        />
        <dl class="facts">
          <dt>Id</dt>
          <dd class="id">{saved.id}</dd>
          {created !== undefined && <dt>Created</dt>}
          {created !== undefined && (
            <dd>
              <Time ms={msOfGregorian(created)} />
            </dd>
          )}
          {modified !== undefined && <dt>Changed</dt>}
          {modified !== undefined && (
            <dd>
              <Time ms={msOfGregorian(modified)} />
            </dd>
          )}
        </dl>
      </Group>
      <Group title="Limits" about="An execution that goes over one is stopped, and says which.">
        <Count
          label="Wall time, in milliseconds"
          value={limits.wall_time_ms}
          min={10}
          max={25_000}
          onType={(wall_time_ms) => setLimit({ wall_time_ms })}
        />
        <Count label="Memory, in MiB" value={limits.memory_mb} min={16} max={512} onType={(memory_mb) => setLimit({ memory_mb })} />
        <Count
          label="Attempts of an asynchronous execution"
          value={document.attempts ?? DEFAULTS.attempts}
          min={1}
          max={10}
          onType={(attempts) => set({ attempts })}
        />
      </Group>
      <Group title="Records" about="What was recorded is listed under Executions; asynchronous executions always are.">
        <Choice
          label="Keep records of"
          value={document.record ?? DEFAULTS.record}
          words={{ failures: 'failures', all: 'all executions', none: 'none' }}
          onChoose={(record) => set({ record })}
        />
        <Choice
          label="An isolate serves"
          value={document.isolation ?? DEFAULTS.isolation}
          words={{ version: 'many executions of a version', fresh: 'one execution' }}
          onChoose={(isolation) => set({ isolation })}
        />
      </Group>
      <Group title="What it may reach" about="Nothing, unless it is named here.">
        <Lines
          label="Hosts, one a line"
          value={document.net?.allow ?? []}
          example="api.example.com"
          onType={(allow) => set({ net: { allow } })}
        />
        <Secrets value={document.secrets ?? []} onType={(secrets) => set({ secrets })} />
        <Lines
          label="Namespaces of the key-value store, one a line"
          about="context.kv is the first of them."
          value={document.kv ?? []}
          example="orders"
          onType={(kv) => set({ kv })}
        />
      </Group>
      <Remove saved={saved} />
    </div>
  );
}

function Group({ title, about, children }: { title: string; about?: string; children: ComponentChildren }) {
  const id = useId();
  return (
    <section class="group" aria-labelledby={id}>
      <div>
        <h2 id={id}>{title}</h2>
        {about && <p class="note">{about}</p>}
      </div>
      <div class="form">{children}</div>
    </section>
  );
}

function Text(props: { label: string; value: string; maxLength: number; onType: (text: string) => void }) {
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

function Count(props: { label: string; value: number; min: number; max: number; onType: (value: number) => void }) {
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

function Choice<Word extends string>({ label, value, words, onChoose }: ChoiceProps<Word>) {
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

function Lines({ label, about, value, example, onType }: LinesProps) {
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

function Secrets({ value, onType }: { value: readonly string[]; onType: (names: string[]) => void }) {
  const { value: known } = useLoaded('secrets', secretNames);
  const names = [...new Set([...(known ?? []), ...value])].sort();
  return (
    <fieldset class="field">
      <legend>Secrets</legend>
      {names.length === 0 && (
        <p class="note">
          The account has none. <a href={href(['secrets'])}>Put one there</a> first.
        </p>
      )}
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
          <code>context.secrets.{name}</code>
        </label>
      ))}
    </fieldset>
  );
}

function Remove({ saved }: { saved: FunctionDocument }) {
  const [asks, setAsks] = useState(false);
  const confirm = async () => {
    await remove(`functions/${encodeURIComponent(saved.id)}`);
    forgetDraft(saved.id);
    toast(`Removed ${saved.name}`);
    go(['functions']);
  };
  return (
    <Group title="Remove" about="Its versions, aliases and triggers go with it.">
      <div class="actions">
        <button type="button" class="danger" onClick={() => setAsks(true)}>
          Remove this function
        </button>
      </div>
      {asks && (
        <Confirm title={`Remove ${saved.name}?`} action="Remove" danger onConfirm={confirm} onClose={() => setAsks(false)}>
          <p>Its versions, aliases and triggers go with it. What calls it gets a 404 from then on.</p>
        </Confirm>
      )}
    </Group>
  );
}

function linesOf(text: string): string[] {
  return text.split('\n').map((line) => line.trim()).filter(Boolean);
}
