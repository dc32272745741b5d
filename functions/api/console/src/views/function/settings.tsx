import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';

import { get, remove } from '../../api';
import { Confirm } from '../../components/dialog';
import { Time } from '../../components/time';
import { toast } from '../../components/toast';
import { forgetDraft, type Draft } from '../../drafts';
import { useLoaded } from '../../load';
import { DEFAULTS, FEATURES, type FunctionDocument, type Limits } from '../../model/functions';
import { msOfGregorian } from '../../model/times';
import { go, href } from '../../router';
import { Choice, Count, Lines, Names, Text, type NamesProps } from './fields';
import { ToolFields } from './tool_fields';

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
          words={{ failures: 'failures', all: 'all executions', replayable: 'all executions, so that they can be replayed', none: 'none' }}
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
        <Names
          label="Features of V8"
          names={FEATURES}
          value={document.features ?? []}
          onType={(features) => set({ features })}
        />
      </Group>
      <Group title="Tool" about="What a language model may call, as the Model Context Protocol has it.">
        <ToolFields document={document} onChange={onChange} />
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

function Secrets({ value, onType }: Pick<NamesProps, 'value' | 'onType'>) {
  const { value: known } = useLoaded('secrets', (signal) => get<readonly { name: string }[]>('secrets', {}, signal));
  const names = [...new Set([...(known ?? []).map(({ name }) => name), ...value])].sort();
  return (
    <Names label="Secrets, as context.secrets" names={names} value={value} onType={onType}>
      {known?.length === 0 && (
        <p class="note">
          The account has none. <a href={href(['secrets'])}>Put one there</a> first.
        </p>
      )}
    </Names>
  );
}

function Remove({ saved }: { saved: FunctionDocument }) {
  const [asks, setAsks] = useState(false);
  const confirm = async () => {
    toast(`${saved.name} ${await remove(`functions/${encodeURIComponent(saved.id)}`)}.`);
    forgetDraft(saved.id);
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
