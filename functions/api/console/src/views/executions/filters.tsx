import { useId } from 'preact/hooks';

import { FunctionPicker } from '../../components/function_picker';
import { OUTCOMES, STATUSES } from '../../model/executions';
import { fieldOf, gregorianOf } from '../../model/times';
import { go } from '../../router';

/** The filters of a list of executions; they stand in the address, so that a link keeps them. */
const NAMES = ['function', 'status', 'outcome', 'version', 'trigger', 'from', 'to', 'tail'] as const;

type Name = (typeof NAMES)[number];

export type Filter = Partial<Record<Name, string>>;

export function filterOf(query: URLSearchParams): Filter {
  const given = NAMES.map((name) => [name, query.get(name)] as const);
  return Object.fromEntries(given.filter(([, value]) => value));
}

/** Return what the API is asked for; times in the address are Unix milliseconds. */
export function queryOf(filter: Filter): Record<string, string | number | undefined> {
  return {
    function_id: filter.function,
    status: filter.status,
    outcome: filter.outcome,
    version: filter.version,
    trigger_id: filter.trigger,
    created_from: filter.from && gregorianOf(Number(filter.from)),
    created_to: filter.to && gregorianOf(Number(filter.to)),
  };
}

export function show(filter: Filter): void {
  go(['executions'], Object.fromEntries(Object.entries(filter).filter(([, value]) => value)));
}

export function Filters({ filter }: { filter: Filter }) {
  const set = (name: Name, value: string) => show({ ...filter, [name]: value });
  const narrowed = Object.keys(filter).some((name) => name !== 'tail');
  return (
    <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      <FunctionPicker label="Function" none="All functions" value={filter.function ?? ''} onChange={(id) => set('function', id)} />
      <Choice label="Status" words={STATUSES} value={filter.status} onChange={(word) => set('status', word)} />
      <Choice label="Outcome" words={OUTCOMES} value={filter.outcome} onChange={(word) => set('outcome', word)} />
      <Field label="Version" value={filter.version ?? ''} onChange={(text) => set('version', text)} placeholder="$LATEST" />
      <Moment label="From" value={filter.from} onChange={(ms) => set('from', ms)} />
      <Moment label="To" value={filter.to} onChange={(ms) => set('to', ms)} />
      {filter.trigger && (
        <button type="button" onClick={() => set('trigger', '')}>
          Of one trigger ✕
        </button>
      )}
      {narrowed && (
        <button type="button" class="quiet" onClick={() => show({})}>
          Clear filters
        </button>
      )}
    </form>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly words: readonly string[];
  readonly value: string | undefined;
  readonly onChange: (word: string) => void;
}

function Choice({ label, words, value = '', onChange }: ChoiceProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">Any</option>
        {words.map((word) => (
          <option key={word} value={word}>
            {word.replaceAll('_', ' ')}
          </option>
        ))}
      </select>
    </div>
  );
}

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly placeholder: string;
}

function Field({ label, value, onChange, placeholder }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        placeholder={placeholder}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value.trim())}
      />
    </div>
  );
}

function Moment({ label, value, onChange }: { label: string; value: string | undefined; onChange: (ms: string) => void }) {
  const id = useId();
  const written = value && Number.isFinite(Number(value)) ? fieldOf(Number(value)) : '';
  const read = (text: string) => onChange(text && String(new Date(text).getTime()));
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input id={id} type="datetime-local" value={written} onChange={(event) => read(event.currentTarget.value)} />
    </div>
  );
}

/** What a live tail can be narrowed by. */
export function TailFilters({ filter }: { filter: Filter }) {
  const set = (change: Filter) => show({ ...filter, ...change, tail: '1' });
  return (
    <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      <FunctionPicker label="Function" none="All functions" value={filter.function ?? ''} onChange={(id) => set({ function: id })} />
      <label class="check">
        <input
          type="checkbox"
          checked={filter.status === 'failed'}
          onChange={(event) => set({ status: event.currentTarget.checked ? 'failed' : '' })}
        />
        Failures alone
      </label>
    </form>
  );
}
