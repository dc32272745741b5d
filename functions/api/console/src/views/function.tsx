import type { Signal } from '@preact/signals';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';

import { Failure } from '../components/failure';
import { FunctionTabs } from '../components/function_tabs';
import { Heading } from '../components/heading';
import { toast } from '../components/toast';
import { change, ConflictError, GoneError, isChanged, openDraft, refresh, save, type Draft } from '../drafts';
import { useLoaded } from '../load';
import { toolOf } from '../model/functions';
import { href } from '../router';
import { Activity } from './function/activity';
import { Code } from './function/code';
import { Conflict } from './function/conflict';
import { Disabled } from './function/disabled';
import { Gone } from './function/gone';
import { Run, useRuns } from './function/run';
import { Settings } from './function/settings';
import { marksOf } from './function/marks';
import type { ViewProps } from './index';

/** One function: its source, its settings, and what it answers. */
export function Function({ params, query }: ViewProps) {
  const id = params['functionId']!;
  const { value, error, reload } = useLoaded(id, (signal) => openDraft(id, signal));
  if (value) return <Opened draft={value} query={query} />;
  return (
    <>
      <Heading title="Function" crumb={<a href={href(['functions'])}>Functions</a>} />
      {error !== null ? <Failure error={error} onRetry={reload} /> : <p class="loading">Loading …</p>}
    </>
  );
}

function Opened({ draft, query }: { draft: Signal<Draft>; query: URLSearchParams }) {
  const { saved, document, warnings } = draft.value;
  const isUnsaved = isChanged(draft.value);
  const tool = toolOf(document);
  const isCode = query.get('tab') !== 'settings';
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const runs = useRuns(saved.id);

  const store = async (): Promise<boolean> => {
    if (!isChanged(draft.peek())) return true;
    setBusy(true);
    setError(null);
    try {
      if (await save(draft)) toast('Saved');
      return true;
    } catch (failure) {
      setError(failure);
      return false;
    } finally {
      setBusy(false);
    }
  };
  const run = async () => {
    if (!(await store())) return;
    // What the refresh cannot tell now, the next save tells.
    if (!(await runs.run())) await refresh(draft).catch(() => {});
  };

  const keys = useRef({ store, run });
  keys.current = { store, run };
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      const does = event.key.toLowerCase() === 's' ? keys.current.store : event.key === 'Enter' ? keys.current.run : null;
      if (!does) return;
      event.preventDefault();
      event.stopPropagation();
      void does();
    };
    addEventListener('keydown', press, { capture: true });
    return () => removeEventListener('keydown', press, { capture: true });
  }, []);

  const marks = useMemo(() => marksOf(saved, warnings, error, runs.latest), [saved, warnings, error, runs.latest]);
  const others = warnings.filter(({ line }) => line === undefined);
  return (
    <>
      <Heading title={document.name} crumb={<a href={href(['functions'])}>Functions</a>}>
        <Activity functionId={saved.id} />
        {tool && (
          <a class="badge" href={href(['functions', saved.id], { tab: 'settings' })}>
            tool<span class="hidden"> of language models</span>
          </a>
        )}
        {!document.enabled && <span class="badge">disabled</span>}
        <span class="note" role="status">
          {isUnsaved ? 'Not saved' : ''}
        </span>
        <button type="button" class="primary" disabled={busy || !isUnsaved} onClick={() => void store()}>
          {busy ? 'Saving …' : 'Save'}
        </button>
      </Heading>
      <FunctionTabs id={saved.id} current={isCode ? 'code' : 'settings'} />
      {error instanceof ConflictError ? (
        <Conflict draft={draft} error={error} onSettled={setError} />
      ) : error instanceof GoneError ? (
        <Gone draft={draft} error={error} />
      ) : (
        error !== null && <Failure error={error} />
      )}
      <Disabled draft={draft} />
      {others.map(({ field, message }) => (
        <div class="notice" key={field + message}>
          <p>{message}</p>
        </div>
      ))}
      {isCode ? (
        <div class="workbench">
          <Code draft={draft} marks={marks} query={query} latest={runs.latest} />
          <Run draft={draft} runs={runs} isUnsaved={isUnsaved} onRun={run} />
        </div>
      ) : (
        <Settings draft={draft} onChange={(next) => change(draft, next)} />
      )}
    </>
  );
}
