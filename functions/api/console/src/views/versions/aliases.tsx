import { useState } from 'preact/hooks';

import { get, remove } from '../../api';
import { Confirm } from '../../components/dialog';
import { toast } from '../../components/toast';
import { shadowText, shareOf, type Alias, type AliasWithHistory, type VersionSummary } from '../../model/versions';
import { AliasForm } from './alias_form';
import { History } from './history';
import { RollBack } from './roll_back';
import { Shadow } from './shadow';

interface AliasesProps {
  readonly path: string;
  readonly aliases: readonly Alias[];
  readonly versions: readonly VersionSummary[];
  readonly onDone: () => void;
}

type Doing = { readonly what: 'make' | 'change' | 'roll back' | 'shadow' | 'remove' | 'history'; readonly alias: Alias | null };

/** The names that callers use, and where each leads. */
export function Aliases({ path, aliases, versions, onDone }: AliasesProps) {
  const [doing, setDoing] = useState<Doing | null>(null);
  const close = () => setDoing(null);
  if (versions.length === 0 && aliases.length === 0) return null;
  return (
    <section aria-labelledby="aliases-title">
      <div class="bar">
        <h2 id="aliases-title">Aliases</h2>
        <button type="button" onClick={() => setDoing({ what: 'make', alias: null })}>
          Make an alias
        </button>
      </div>
      {aliases.length === 0 && (
        <p class="note">
          An alias is a name that points to a version, such as <code>live</code>. Callers give it as their qualifier, and stay
          on that version until you move it.
        </p>
      )}
      <ul class="aliases">
        {aliases.map((alias) => (
          <li key={alias.name} class="panel">
            <div class="bar">
              <h3>{alias.name}</h3>
              {alias.contract === 'enforced' && <span class="badge good">contract enforced</span>}
              {alias.shadow > 0 && <span class="badge">{shadowText(alias)}</span>}
              <span class="note clamp" title={alias.description}>{alias.description}</span>
            </div>
            <Split alias={alias} />
            <div class="bar">
              {(['change', 'roll back', 'shadow', 'history', 'remove'] as const).map((what) => (
                <button key={what} type="button" class="quiet" onClick={() => setDoing({ what, alias })}>
                  {what[0]!.toUpperCase() + what.slice(1)}
                  <span class="hidden"> {alias.name}</span>
                </button>
              ))}
            </div>
          </li>
        ))}
      </ul>
      {doing && <Action doing={doing} path={path} versions={versions} onDone={onDone} onClose={close} />}
    </section>
  );
}

interface ActionProps extends Omit<AliasesProps, 'aliases'> {
  readonly doing: Doing;
  readonly onClose: () => void;
}

function Action({ doing: { what, alias }, path, versions, onDone, onClose }: ActionProps) {
  if (what === 'make' || what === 'change' || !alias) {
    return <AliasForm path={path} alias={alias} versions={versions} onDone={onDone} onClose={onClose} />;
  }
  const own = `${path}/aliases/${encodeURIComponent(alias.name)}`;
  if (what === 'history') return <History name={alias.name} load={(signal) => get<AliasWithHistory>(own, {}, signal)} onClose={onClose} />;
  if (what === 'roll back') return <RollBack path={own} alias={alias} onDone={onDone} onClose={onClose} />;
  if (what === 'shadow') return <Shadow path={own} alias={alias} versions={versions} onDone={onDone} onClose={onClose} />;
  const leave = async () => {
    toast(`The alias ${alias.name} ${await remove(own)}.`);
    onDone();
  };
  return (
    <Confirm title={`Remove the alias ${alias.name}?`} action="Remove" danger onConfirm={leave} onClose={onClose}>
      <p>Callers and triggers that name it fail from then on. The version that it points to stays.</p>
    </Confirm>
  );
}

function Split({ alias }: { alias: Alias }) {
  const share = shareOf(alias);
  return (
    <div class="split">
      <progress value={100 - share} max={100} aria-label={`Callers of ${alias.name} on version ${alias.version}`} />
      <span>
        Version {alias.version} <b>{Number((100 - share).toFixed(2))} %</b>
      </span>
      {share > 0 && (
        <span>
          Version {alias.additional_version} <b>{share} %</b>
        </span>
      )}
    </div>
  );
}
