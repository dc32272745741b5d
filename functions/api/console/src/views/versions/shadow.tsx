import { useState } from 'preact/hooks';

import { get, patch } from '../../api';
import { Failure } from '../../components/failure';
import { Form } from '../../components/form';
import { toast } from '../../components/toast';
import { useLoaded } from '../../load';
import type { Alias, VersionSummary } from '../../model/versions';
import { ShadowReport, type Report } from './shadow_report';
import { VersionChoice } from './version_choice';

interface ShadowProps {
  /** The path of the alias in the API. */
  readonly path: string;
  readonly alias: Alias;
  readonly versions: readonly VersionSummary[];
  readonly onDone: () => void;
  readonly onClose: () => void;
}

// Of a hundred executions, to begin with.
const FIRST_SHARE = 5;

/** Have another version repeat a share of what an alias executes, and see where it differs. */
export function Shadow({ path, alias, versions, onDone, onClose }: ShadowProps) {
  const isOn = alias.shadow > 0;
  const [version, setVersion] = useState(alias.shadow_version);
  const [share, setShare] = useState(String(isOn ? Number((alias.shadow * 100).toFixed(2)) : FIRST_SHARE));
  const { value, error, reload } = useLoaded(path, async (signal) => (isOn ? await get<Report>(`${path}/shadow`, {}, signal) : null));
  const submit = async () => {
    const shadow = Number((Number(share) / 100).toFixed(4));
    await patch(path, { shadow, shadow_version: shadow === 0 ? null : version });
    toast(shadow === 0 ? `${alias.name} has no shadow.` : `${share} % of ${alias.name} is repeated on ${version === null ? 'the draft' : `version ${version}`}.`);
    onDone();
  };
  return (
    <Form title={`Shadow of ${alias.name}`} action="Change" onSubmit={submit} onClose={onClose} wide>
      <p>
        Another version repeats a share of what callers of {alias.name} execute, once they have their answers. It reaches
        nothing: what it asks is answered from the record. A change begins a new report.
      </p>
      {error !== null && <Failure error={error} onRetry={reload} />}
      {value && <ShadowReport report={value} functionId={functionOf(path)} />}
      <VersionChoice label="Repeat on" none="The draft" versions={versions} value={version} onChange={setVersion} />
      <div class="field">
        <label for="shadow-share">Of a hundred executions (0 for no shadow)</label>
        <input
          id="shadow-share"
          type="number"
          required
          min={0}
          max={100}
          step={0.01}
          value={share}
          onInput={(event) => setShare(event.currentTarget.value)}
        />
      </div>
    </Form>
  );
}

function functionOf(path: string): string {
  return decodeURIComponent(path.split('/')[1]!);
}
