import { useState } from 'preact/hooks';

import { answer, get, remove } from '../api';
import { CallForm } from '../components/call_form';
import { Confirm } from '../components/dialog';
import { Failure } from '../components/failure';
import { FunctionTabs } from '../components/function_tabs';
import { Heading } from '../components/heading';
import { toast } from '../components/toast';
import { useLoaded, usePages } from '../load';
import { draftOf, NEW_CALL, type CallDraft, type CallSummary, type SavedCall } from '../model/calls';
import type { FunctionSummary } from '../model/functions';
import { href } from '../router';
import { CallList } from './calls/list';
import { RunCalls } from './calls/run';
import type { ViewProps } from './index';

const PAGE = 100;

type Doing =
  | { readonly what: 'save'; readonly draft: CallDraft; readonly etag?: string | null }
  | { readonly what: 'delete'; readonly name: string };

/** The saved calls of a function: what goes in, what is to come of it, and whether it does. */
export function Calls({ params }: ViewProps) {
  const functionId = params['functionId']!;
  const path = `functions/${encodeURIComponent(functionId)}`;
  const owner = useLoaded(path, (signal) => get<FunctionSummary>(path, {}, signal));
  const calls = usePages<CallSummary>(`${path}/calls`, { page_size: PAGE, ascending: true });
  const [doing, setDoing] = useState<Doing | null>(null);
  const error = owner.error ?? calls.error;
  const close = () => setDoing(null);
  const reload = () => {
    owner.reload();
    calls.reload();
  };
  const change = async (name: string) => {
    try {
      const found = await answer<SavedCall>('GET', `${path}/calls/${encodeURIComponent(name)}`, { exact: true });
      setDoing({ what: 'save', draft: draftOf(found.data), etag: found.etag });
    } catch (failure) {
      toast(failure instanceof Error ? failure.message : String(failure));
      calls.reload();
    }
  };
  const leave = async (name: string) => {
    toast(`The call ${name} ${await remove(`${path}/calls/${encodeURIComponent(name)}`, 'deleted')}.`);
    calls.reload();
  };
  return (
    <>
      <Heading title="Saved calls" crumb={<a href={href(['functions', functionId])}>{owner.value?.name ?? functionId}</a>}>
        <button type="button" onClick={() => setDoing({ what: 'save', draft: NEW_CALL })}>
          New call
        </button>
      </Heading>
      <FunctionTabs id={functionId} current="calls" />
      {error !== null && <Failure error={error} onRetry={reload} />}
      {!calls.value && error === null && <p class="loading">Loading …</p>}
      {calls.value && calls.value.length > 0 && <RunCalls functionId={functionId} path={path} />}
      {calls.value && (
        <CallList calls={calls} onChange={(name) => void change(name)} onDelete={(name) => setDoing({ what: 'delete', name })} />
      )}
      {doing?.what === 'save' && (
        <CallForm
          functionId={functionId}
          initial={doing.draft}
          {...(doing.etag !== undefined && { etag: doing.etag })}
          onDone={calls.reload}
          onClose={close}
        />
      )}
      {doing?.what === 'delete' && (
        <Confirm title={`Delete the call ${doing.name}?`} action="Delete" danger onConfirm={() => leave(doing.name)} onClose={close}>
          <p>Aliases that enforce the contract move from then on without it.</p>
        </Confirm>
      )}
    </>
  );
}
