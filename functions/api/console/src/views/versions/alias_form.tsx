import { useState } from 'preact/hooks';

import { patch, put } from '../../api';
import { Form } from '../../components/form';
import { toast } from '../../components/toast';
import { useContract } from './contract';
import { VersionChoice } from './version_choice';
import { shareOf, targetText, type Alias, type VersionSummary } from '../../model/versions';

interface AliasFormProps {
  readonly path: string;
  /** The alias to be changed; null for a new one. */
  readonly alias: Alias | null;
  readonly versions: readonly VersionSummary[];
  readonly onDone: () => void;
  readonly onClose: () => void;
}

// Of a hundred callers, to begin with.
const FIRST_SHARE = 10;

/** Make an alias or move it: to one version, or to two with a share of callers each. */
export function AliasForm({ path, alias, versions, onDone, onClose }: AliasFormProps) {
  const [name, setName] = useState(alias?.name ?? 'live');
  const [description, setDescription] = useState(alias?.description ?? '');
  const [version, setVersion] = useState(alias?.version ?? versions[0]!.version);
  const [other, setOther] = useState(alias?.additional_version ?? null);
  const [share, setShare] = useState(alias?.additional_version ? shareOf(alias) : FIRST_SHARE);
  const [contract, setContract] = useState(alias?.contract ?? 'off');
  const target = { version, additional_version: other, additional_version_weight: other === null ? 0 : share / 100 };
  const { attempt, broken, isForced } = useContract(`${version} ${other}`);
  const submit = async () => {
    await attempt((force) => {
      const data = { description, contract, ...target, ...force };
      // What the form does not show stays as it is.
      return alias ? patch(`${path}/aliases/${encodeURIComponent(name)}`, data) : put(`${path}/aliases`, { name, ...data });
    });
    toast(`${name} points to ${targetText(target)}.`);
    onDone();
  };
  return (
    <Form
      title={alias ? `Change ${alias.name}` : 'Make an alias'}
      action={(alias ? 'Change' : 'Make') + (isForced ? ' all the same' : '')}
      onSubmit={submit}
      onClose={onClose}
      details={broken}
    >
      {!alias && (
        <div class="field">
          <label for="alias-name">Name</label>
          <input
            id="alias-name"
            required
            pattern="[A-Za-z_][A-Za-z0-9_\-]{0,127}"
            title="Letters, digits, _ and -; no digit first"
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </div>
      )}
      <VersionChoice label="Version" versions={versions} value={version} onChange={(chosen) => setVersion(chosen!)} />
      <VersionChoice
        label="Also send some callers to"
        none="No other version"
        versions={versions.filter((each) => each.version !== version)}
        value={other}
        onChange={setOther}
      />
      {other !== null && (
        <div class="field">
          <label for="alias-share">
            {share} % of callers get version {other}, and {Number((100 - share).toFixed(2))} % version {version}
          </label>
          <input
            id="alias-share"
            type="range"
            min={0}
            max={100}
            step={1}
            value={share}
            onInput={(event) => setShare(event.currentTarget.valueAsNumber)}
          />
          <p class="note">Callers that send the same X-Affinity-Key stay on the same version.</p>
        </div>
      )}
      <div class="field">
        <label for="alias-description">Description (optional)</label>
        <input
          id="alias-description"
          maxLength={1000}
          value={description}
          onInput={(event) => setDescription(event.currentTarget.value)}
        />
      </div>
      <div class="field">
        <label class="check">
          <input
            type="checkbox"
            checked={contract === 'enforced'}
            onChange={(event) => setContract(event.currentTarget.checked ? 'enforced' : 'off')}
          />
          Enforce the contract
        </label>
        <p class="note">It moves only to a version on which all saved calls pass, and whose schemas keep to those of the one before.</p>
      </div>
    </Form>
  );
}
