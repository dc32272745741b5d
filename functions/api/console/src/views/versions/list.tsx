import { useState } from 'preact/hooks';

import { remove } from '../../api';
import { Confirm } from '../../components/dialog';
import { Empty } from '../../components/empty';
import { Head } from '../../components/head';
import { Time } from '../../components/time';
import { toast } from '../../components/toast';
import type { Pages } from '../../load';
import { msOfGregorian } from '../../model/times';
import { shareOf, type Alias, type VersionSummary } from '../../model/versions';
import { href } from '../../router';

interface VersionListProps {
  readonly functionId: string;
  readonly path: string;
  readonly versions: Pages<VersionSummary>;
  readonly aliases: readonly Alias[];
  readonly onDone: () => void;
}

export function VersionList({ functionId, path, versions, aliases, onDone }: VersionListProps) {
  const [leaving, setLeaving] = useState<VersionSummary | null>(null);
  const items = versions.value ?? [];
  if (items.length === 0) {
    return (
      <Empty title="No versions yet" command="isolambda deploy --alias live">
        <p>
          Only the draft runs so far, and each change of it is live at once. Publish a version to keep what callers get as
          it is, and point an alias to it: callers name the alias, and you move it on, or back.
        </p>
      </Empty>
    );
  }
  return (
    <section aria-labelledby="versions-title">
      <h2 id="versions-title">Versions</h2>
      <table class="list">
        <Head columns={['Version', 'What is new', 'Aliases', 'Published', 'Digest']} />
        <tbody>
          {items.map((version) => (
            <tr key={version.version}>
              <th scope="row" data-label="Version">
                {version.version}
              </th>
              <td data-label="What is new" class="message">
                <span class="clamp" title={version.description}>
                  {version.description}
                </span>
              </td>
              <td data-label="Aliases">{aliases.map((alias) => pointer(alias, version.version))}</td>
              <td data-label="Published">
                <Time ms={msOfGregorian(version.created)} />
              </td>
              <td data-label="Digest">
                <code title={version.sha256}>{version.sha256.slice(0, 8)}</code>
              </td>
              <td class="actions">
                <a
                  class="button quiet"
                  href={href(['functions', functionId, 'versions'], { before: String(version.version), after: '$LATEST' })}
                  aria-label={`Compare version ${version.version} with the draft`}
                >
                  Compare
                </a>
                <button type="button" class="quiet" aria-label={`Remove version ${version.version}`} onClick={() => setLeaving(version)}>
                  Remove
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {versions.more && (
        <button type="button" onClick={versions.more}>
          Show older versions
        </button>
      )}
      {leaving && (
        <Confirm
          title={`Remove version ${leaving.version}?`}
          action="Remove"
          danger
          onClose={() => setLeaving(null)}
          onConfirm={async () => {
            toast(`Version ${leaving.version} ${await remove(`${path}/versions/${leaving.version}`)}.`);
            onDone();
          }}
        >
          <p>
            Its source is gone then, and its number is not given again. A version that an alias points to is not removed:
            move the alias first.
          </p>
        </Confirm>
      )}
    </section>
  );
}

function pointer(alias: Alias, version: number) {
  const share = shareOf(alias);
  const of = version === alias.version ? 100 - share : version === alias.additional_version ? share : 0;
  if (of === 0 && version !== alias.version) return null;
  return (
    <span key={alias.name} class="badge good alias">
      {alias.name}
      {share > 0 && ` ${Number(of.toFixed(2))} %`}
    </span>
  );
}
