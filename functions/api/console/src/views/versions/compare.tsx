import { get } from '../../api';
import { Failure } from '../../components/failure';
import { useLoaded } from '../../load';
import { changedTexts, type Frozen, type VersionSummary } from '../../model/versions';
import { go } from '../../router';
import { Diff } from './diff';

const DRAFT = '$LATEST';

interface CompareProps {
  readonly functionId: string;
  readonly path: string;
  readonly draft: Frozen;
  readonly versions: readonly VersionSummary[];
  readonly query: URLSearchParams;
}

/** What differs between two versions, or a version and the draft: the address names both. */
export function Compare({ functionId, path, draft, versions, query }: CompareProps) {
  const before = query.get('before') ?? String(versions[0]!.version);
  const after = query.get('after') ?? DRAFT;
  const load = async (qualifier: string, signal: AbortSignal) => {
    return qualifier === DRAFT ? draft : get<Frozen>(`${path}/versions/${encodeURIComponent(qualifier)}`, {}, signal);
  };
  const key = `${path} ${before} ${after} ${JSON.stringify(draft)}`;
  const { value, error, reload } = useLoaded(key, (signal) => Promise.all([load(before, signal), load(after, signal)]));
  const show = (one: string, other: string) => go(['functions', functionId, 'versions'], { before: one, after: other });
  const changed = value && changedTexts(...value);
  return (
    <section aria-labelledby="compare-title">
      <h2 id="compare-title">Compare</h2>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <Side label="Before" value={before} versions={versions} onChange={(chosen) => show(chosen, after)} />
        <Side label="After" value={after} versions={versions} onChange={(chosen) => show(before, chosen)} />
        <button type="button" onClick={() => show(after, before)}>
          Swap
        </button>
      </form>
      {error !== null && <Failure error={error} onRetry={reload} />}
      {!changed && error === null && <p class="loading">Loading …</p>}
      {changed?.length === 0 && <p class="note">They are equal: the same source, files and settings.</p>}
      {changed?.map(([name, one, other]) => (
        <Diff key={name} name={name} before={one} after={other} beforeTitle={titleOf(before)} afterTitle={titleOf(after)} />
      ))}
    </section>
  );
}

interface SideProps {
  readonly label: string;
  readonly value: string;
  readonly versions: readonly VersionSummary[];
  readonly onChange: (qualifier: string) => void;
}

function Side({ label, value, versions, onChange }: SideProps) {
  const id = `compare-${label.toLowerCase()}`;
  const numbers = versions.map(({ version }) => String(version));
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {[DRAFT, ...numbers, ...(value === DRAFT || numbers.includes(value) ? [] : [value])].map((each) => (
          <option key={each} value={each}>
            {titleOf(each)}
          </option>
        ))}
      </select>
    </div>
  );
}

function titleOf(qualifier: string): string {
  return qualifier === DRAFT ? 'The draft' : `Version ${qualifier}`;
}
