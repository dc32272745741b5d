import { get } from '../api';
import { Failure } from '../components/failure';
import { FunctionTabs } from '../components/function_tabs';
import { Heading } from '../components/heading';
import { useLoaded, usePages } from '../load';
import type { Alias, Frozen, VersionSummary } from '../model/versions';
import { href } from '../router';
import type { ViewProps } from './index';
import { Aliases } from './versions/aliases';
import { Compare } from './versions/compare';
import { VersionList } from './versions/list';
import { Publish } from './versions/publish';

/** The versions of a function, the aliases that point to them, and what differs between two. */
export function Versions({ params, query }: ViewProps) {
  const functionId = params['functionId']!;
  const path = `functions/${encodeURIComponent(functionId)}`;
  const draft = useLoaded(path, (signal) => get<Frozen & { name: string }>(path, {}, signal));
  const versions = usePages<VersionSummary>(`${path}/versions`, {});
  const aliases = useLoaded(`${path}/aliases`, (signal) => get<readonly Alias[]>(`${path}/aliases`, {}, signal));
  const error = draft.error ?? versions.error ?? aliases.error;
  const reload = () => {
    draft.reload();
    versions.reload();
    aliases.reload();
  };
  const isThere = draft.value && versions.value && aliases.value;
  const name = draft.value?.name ?? functionId;
  return (
    <>
      <Heading title="Versions and aliases" crumb={<a href={href(['functions', functionId])}>{name}</a>}>
        {isThere && <Publish functionId={functionId} path={path} isFirst={versions.value.length === 0} onDone={reload} />}
      </Heading>
      <FunctionTabs id={functionId} current="versions" />
      {error !== null && <Failure error={error} onRetry={reload} />}
      {!isThere && error === null && <p class="loading">Loading …</p>}
      {isThere && (
        <>
          <Aliases path={path} aliases={aliases.value} versions={versions.value} onDone={aliases.reload} />
          <VersionList functionId={functionId} path={path} versions={versions} aliases={aliases.value} onDone={reload} />
          {versions.value.length > 0 && (
            <Compare functionId={functionId} path={path} draft={draft.value} versions={versions.value} query={query} />
          )}
        </>
      )}
    </>
  );
}
