import { useState } from 'preact/hooks';

import { answer, put } from '../../api';
import { Form } from '../../components/form';
import { FunctionPicker } from '../../components/function_picker';
import { toast } from '../../components/toast';
import type { Trigger } from '../../model/sample_event';
import { rebased } from '../../model/rebasing';
import { localZone } from '../../model/times';
import { documentOf, fieldsOf, initialValues, isAsked, TYPES, valuesOf, type Values } from '../../model/trigger_forms';
import { go } from '../../router';
import { TriggerField } from './trigger_field';

interface TriggerFormProps {
  /** The function that is chosen; `''` for none yet. */
  readonly functionId: string;
  /** The trigger to be changed; null for a new one. */
  readonly trigger: Trigger | null;
  /** What the change is based on. */
  readonly etag?: string | null;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** The other keys among the texts of the form; no key of a document is empty. */
const MORE = '';

/** Make a trigger, or change one as it was seen. */
export function TriggerForm({ functionId, trigger, etag = null, onDone, onClose }: TriggerFormProps) {
  const before = trigger && valuesOf(trigger);
  const [base, setBase] = useState({ trigger, etag });
  const [owner, setOwner] = useState(functionId);
  const [type, setType] = useState(trigger?.type ?? 'schedule');
  const [values, setValues] = useState(before?.values ?? initialValues(type, localZone()));
  const [more, setMore] = useState(before?.more ?? '');
  const chooseType = (chosen: string) => {
    setType(chosen);
    setValues({ ...initialValues(chosen, localZone()), name: values['name'] ?? '' });
  };
  const path = `functions/${encodeURIComponent(owner)}/triggers`;
  const reload = async () => {
    const { data, etag } = await answer<Trigger>('GET', `${path}/${encodeURIComponent(trigger!.id)}`);
    const labels = Object.fromEntries(fieldsOf(type).map(({ key, label }) => [key, label]));
    const typed = { ...values, [MORE]: more };
    const { texts, told } = rebased<Values>(textsOf(base.trigger!), typed, textsOf(data), { ...labels, [MORE]: 'Other keys' });
    const { [MORE]: others = '', ...rest } = texts;
    setValues(rest);
    setMore(others);
    setBase({ trigger: data, etag });
    onDone();
    return told;
  };
  const submit = async () => {
    const data = documentOf(type, values, more);
    if (base.trigger) {
      const { id, enabled } = base.trigger;
      const headers = base.etag === null ? {} : { 'if-match': base.etag };
      await answer('POST', `${path}/${encodeURIComponent(id)}`, { data: { ...data, enabled }, headers });
      toast(`${values['name']} is changed.`);
      onDone();
    } else {
      const { id } = await put<Trigger>(path, data);
      toast(`${values['name']} is made.`);
      go(['triggers'], { function: owner, trigger: id });
    }
  };
  return (
    <Form
      title={trigger ? `Change ${trigger.name}` : 'New trigger'}
      action={trigger ? 'Change' : 'Make'}
      wide
      onSubmit={submit}
      onStale={reload}
      onClose={onClose}
    >
      {!trigger && (
        <div class="columns">
          <FunctionPicker label="Function" value={owner} onChange={setOwner} />
          <div class="field">
            <label for="trigger-type">Type</label>
            <select id="trigger-type" value={type} onChange={(event) => chooseType(event.currentTarget.value)}>
              {Object.keys(TYPES).map((each) => (
                <option key={each} value={each}>
                  {each}
                </option>
              ))}
            </select>
          </div>
        </div>
      )}
      <p class="note">{TYPES[type]?.about}</p>
      {fieldsOf(type)
        .filter((field) => isAsked(field, values) && !(trigger && field.fixed))
        .map((field) => (
          <TriggerField
            key={`${type} ${field.key}`}
            field={field}
            value={values[field.key] ?? ''}
            onInput={(text) => setValues({ ...values, [field.key]: text })}
          />
        ))}
      <details open={more !== ''}>
        <summary>Other keys</summary>
        <div class="field">
          <label for="trigger-more">Other keys of the document, as JSON</label>
          <textarea
            id="trigger-more"
            class="mono"
            rows={4}
            spellcheck={false}
            placeholder={'{"maximum_age_s": 3600}'}
            value={more}
            onInput={(event) => setMore(event.currentTarget.value)}
          />
        </div>
      </details>
    </Form>
  );
}

function textsOf(trigger: Trigger): Values {
  const { values, more } = valuesOf(trigger);
  return { ...values, [MORE]: more };
}
