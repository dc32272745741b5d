import { useId, useState } from 'preact/hooks';

import { answer, ApiError, PRECONDITION_FAILED } from '../api';
import {
  draftOf,
  EXPECTATIONS,
  EXPECTED_OUTCOMES,
  jsonOf,
  LABELS,
  NAME_PATTERN,
  type CallDraft,
  type Expectation,
  type SavedCall,
} from '../model/calls';
import { rebased } from '../model/rebasing';
import { Form } from './form';
import { toast } from './toast';

interface CallFormProps {
  readonly functionId: string;
  readonly initial: CallDraft;
  /** What a change is based on; without it the call is a new one. */
  readonly etag?: string | null;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Save a call of a function, or change one as it was seen: an input, and what is to come of it. */
export function CallForm({ functionId, initial, etag, onDone, onClose }: CallFormProps) {
  const [draft, setDraft] = useState(initial);
  const [base, setBase] = useState({ draft: initial, etag });
  const isNew = etag === undefined;
  const set = (change: Partial<CallDraft>) => setDraft({ ...draft, ...change });
  const path = `functions/${encodeURIComponent(functionId)}/calls/${encodeURIComponent(draft.name)}`;
  const reload = async () => {
    const found = await answer<SavedCall>('GET', path, { exact: true });
    const { texts, told } = rebased(base.draft, draft, draftOf(found.data), LABELS);
    setDraft(texts);
    setBase({ draft: draftOf(found.data), etag: found.etag });
    onDone();
    return told;
  };
  const submit = async () => {
    const headers: Record<string, string> = isNew ? { 'if-none-match': '*' } : base.etag ? { 'if-match': base.etag } : {};
    try {
      await answer('PUT', path, { json: jsonOf(draft), headers });
    } catch (error) {
      if (!(isNew && error instanceof ApiError && error.status === PRECONDITION_FAILED)) throw error;
      throw new Error(`There is a call of the name ${draft.name} already. Give this one another name.`);
    }
    toast(`The call ${draft.name} is saved.`);
    onDone();
  };
  return (
    <Form title={isNew ? 'Save a call' : `Change ${draft.name}`} action="Save" wide onSubmit={submit} onStale={reload} onClose={onClose}>
      {isNew && (
        <div class="field">
          <label for="call-name">Name</label>
          <input
            id="call-name"
            required
            pattern={NAME_PATTERN}
            title="Letters, digits, _ and -; no digit first, and not run"
            value={draft.name}
            onInput={(event) => set({ name: event.currentTarget.value })}
          />
        </div>
      )}
      <Json label={LABELS.input} value={draft.input} onInput={(input) => set({ input })} />
      <div class="field">
        <label for="call-expects">{LABELS.expects}</label>
        <select id="call-expects" value={draft.expects} onChange={(event) => set({ expects: event.currentTarget.value as Expectation })}>
          {Object.entries(EXPECTATIONS).map(([each, words]) => (
            <option key={each} value={each}>
              {words}
            </option>
          ))}
        </select>
      </div>
      {draft.expects === 'outcome' ? (
        <div class="field">
          <label for="call-outcome">{LABELS.outcome}</label>
          <select id="call-outcome" value={draft.outcome} onChange={(event) => set({ outcome: event.currentTarget.value })}>
            {EXPECTED_OUTCOMES.map((each) => (
              <option key={each} value={each}>
                {each.replaceAll('_', ' ')}
              </option>
            ))}
          </select>
        </div>
      ) : draft.expects === 'schema' ? (
        <Json label={LABELS.schema} value={draft.schema} onInput={(schema) => set({ schema })} />
      ) : (
        <Json label={LABELS.result} value={draft.result} onInput={(result) => set({ result })} />
      )}
    </Form>
  );
}

function Json({ label, value, onInput }: { label: string; value: string; onInput: (text: string) => void }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea id={id} class="mono" rows={6} spellcheck={false} required value={value} onInput={(event) => onInput(event.currentTarget.value)} />
    </div>
  );
}
