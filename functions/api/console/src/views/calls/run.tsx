import { useState } from 'preact/hooks';

import { post } from '../../api';
import { Failure } from '../../components/failure';
import { PlayedCalls } from '../../components/played_calls';
import { Unsaved } from '../../components/unsaved';
import { usePages } from '../../load';
import type { CallReport } from '../../model/calls';
import type { VersionSummary } from '../../model/versions';

const DRAFT = '$LATEST';

/** Execute all saved calls on the draft or on a version, and say of each whether it passes. */
export function RunCalls({ functionId, path }: { functionId: string; path: string }) {
  const { value: versions } = usePages<VersionSummary>(`${path}/versions`, {});
  const [version, setVersion] = useState(DRAFT);
  const [report, setReport] = useState<CallReport | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const run = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      setReport(await post<CallReport>(`${path}/calls/run`, version === DRAFT ? {} : { version: Number(version) }));
    } catch (failure) {
      setReport(null);
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section aria-label="Run all">
      <form class="filters" onSubmit={(event) => void run(event)}>
        <div class="field">
          <label for="calls-version">On</label>
          <select id="calls-version" value={version} onChange={(event) => setVersion(event.currentTarget.value)}>
            <option value={DRAFT}>The draft</option>
            {versions?.map((each) => (
              <option key={each.version} value={String(each.version)}>
                Version {each.version}
              </option>
            ))}
          </select>
        </div>
        <button type="submit" class="primary" disabled={busy}>
          {busy ? 'Running …' : 'Run all'}
        </button>
      </form>
      <p class="note">They are executed as any call: they fetch, write values and get secrets.</p>
      {version === DRAFT && <Unsaved functionId={functionId} so="they are not executed" />}
      {error !== null && <Failure error={error} />}
      <p role="status" class={report ? undefined : 'hidden'}>
        {report && `On ${report.version === DRAFT ? 'the draft' : `version ${report.version}`}: ${report.passed} passed, ${report.failed} failed.`}
      </p>
      {report && report.calls.length > 0 && <PlayedCalls calls={report.calls} label="What came of the calls" />}
    </section>
  );
}
