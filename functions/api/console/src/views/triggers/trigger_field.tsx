import { useId } from 'preact/hooks';

import type { Field } from '../../model/trigger_forms';

const SCHEDULES: readonly (readonly [expression: string, words: string])[] = [
  ['rate(5 minutes)', 'Every 5 minutes'],
  ['rate(1 hour)', 'Every hour'],
  ['cron(0 9 * * ? *)', 'Every day at 9'],
  ['cron(0 9 ? * MON-FRI *)', 'On weekdays at 9'],
  ['cron(0 9 ? * MON *)', 'On Mondays at 9'],
  ['cron(0 9 1 * ? *)', 'On the first of each month at 9'],
];

interface TriggerFieldProps {
  readonly field: Field;
  readonly value: string;
  readonly onInput: (text: string) => void;
}

/** One field of a trigger, by its kind. */
export function TriggerField({ field, value, onInput }: TriggerFieldProps) {
  const id = useId();
  const { label, kind, required = false, note } = field;
  const common = { id, required, value, 'aria-describedby': note ? `${id}-note` : undefined };
  const read = (event: { currentTarget: { value: string } }) => onInput(event.currentTarget.value);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {kind === 'choice' && (
        <select {...common} onChange={read}>
          {field.choices?.map((each) => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </select>
      )}
      {kind === 'json' && <textarea {...common} class="mono" rows={5} spellcheck={false} onInput={read} />}
      {kind === 'number' && <input {...common} type="number" min={1} step={1} onInput={read} />}
      {kind === 'secret' && <input {...common} type="password" autocomplete="off" onInput={read} />}
      {kind === 'text' && <input {...common} type="text" spellcheck={false} onInput={read} />}
      {kind === 'zone' && (
        <>
          <input {...common} type="text" list={`${id}-zones`} spellcheck={false} onInput={read} />
          <datalist id={`${id}-zones`}>
            {Intl.supportedValuesOf('timeZone').map((zone) => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
        </>
      )}
      {kind === 'schedule' && (
        <>
          <select aria-label="Common schedules" value={value} onChange={read}>
            {SCHEDULES.every(([each]) => each !== value) && <option value={value}>As written below</option>}
            {SCHEDULES.map(([expression, words]) => (
              <option key={expression} value={expression}>
                {words}
              </option>
            ))}
          </select>
          <input {...common} type="text" class="mono" spellcheck={false} onInput={read} />
          <p class="note">cron(minutes hours day-of-month month day-of-week year), rate(…) or at(2026-12-01T09:00:00)</p>
        </>
      )}
      {note && (
        <p id={`${id}-note`} class="note">
          {note}
        </p>
      )}
    </div>
  );
}
