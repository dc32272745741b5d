import { useEffect, useState } from 'preact/hooks';

import { get } from '../api';
import { Failure } from '../components/failure';
import { FunctionPicker } from '../components/function_picker';
import { FunctionTabs } from '../components/function_tabs';
import { Heading } from '../components/heading';
import { useLoaded } from '../load';
import type { Trigger } from '../model/sample_event';
import { loadNames, names, type Named } from '../names';
import { go } from '../router';
import type { ViewProps } from './index';
import { Details } from './triggers/details';
import { List, type Owned } from './triggers/list';
import { TriggerForm } from './triggers/trigger_form';

// The API lists triggers a function at a time, so that many functions are looked into in steps.
const FUNCTIONS = 40;
const AT_ONCE = 6;

/** The triggers of all functions, or of one, or one trigger: the address says which. */
export function Triggers({ query }: ViewProps) {
  const [functionId, triggerId] = [query.get('function') ?? '', query.get('trigger')];
  if (functionId && triggerId) return <Details key={triggerId} functionId={functionId} triggerId={triggerId} />;
  return <Overview functionId={functionId} />;
}

function Overview({ functionId }: { functionId: string }) {
  const { first, whole } = names();
  const [looked, setLooked] = useState(FUNCTIONS);
  const [isMaking, setMaking] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const loadFunctions = () => void loadNames().then(() => setError(null), setError);
  useEffect(loadFunctions, []);
  const functions = functionId ? [{ id: functionId, name: '' }] : first?.slice(0, looked);
  const { value, error: failed, reload } = useLoaded(JSON.stringify(functions), (signal) => triggersOf(functions ?? [], signal));
  const isDone = value !== null && functions !== undefined;
  const hasMore = !functionId && first !== null && looked < first.length;
  return (
    <>
      <Heading title="Triggers">
        <button type="button" class="primary" onClick={() => setMaking(true)}>
          New trigger
        </button>
      </Heading>
      {functionId && <FunctionTabs id={functionId} current="triggers" />}
      <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
        <FunctionPicker
          label="Function"
          none="All functions"
          value={functionId}
          onChange={(id) => go(['triggers'], id ? { function: id } : {})}
        />
      </form>
      {(failed ?? error) !== null && <Failure error={failed ?? error} onRetry={failed ? reload : loadFunctions} />}
      {isDone ? <List owned={value} onDone={reload} /> : !(failed ?? error) && <p class="loading">Loading …</p>}
      {hasMore && (
        <button type="button" onClick={() => setLooked(looked + FUNCTIONS)}>
          Look into more functions ({looked} so far)
        </button>
      )}
      {!functionId && !hasMore && first && !whole && (
        <p class="note">There are more functions than are looked into here: choose one above.</p>
      )}
      {isMaking && <TriggerForm functionId={functionId} trigger={null} onDone={reload} onClose={() => setMaking(false)} />}
    </>
  );
}

async function triggersOf(functions: readonly Named[], signal: AbortSignal): Promise<readonly Owned[]> {
  const found: (readonly Owned[])[] = [];
  const waiting = [...functions.entries()];
  const lookInto = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [place, { id }] = next;
      const triggers = await get<readonly Trigger[]>(`functions/${encodeURIComponent(id)}/triggers`, {}, signal);
      found[place] = triggers.map((trigger) => ({ functionId: id, trigger }));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lookInto));
  return found.flat();
}
