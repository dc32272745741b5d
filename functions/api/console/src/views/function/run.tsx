import { effect, type Signal } from '@preact/signals';
import { useMemo, useRef, useState } from 'preact/hooks';

import { answer } from '../../api';
import { Failure } from '../../components/failure';
import type { Draft } from '../../drafts';
import type { Place } from '../../editor/editor';
import type { LogLine, ExecutionFailure, Usage } from '../../model/executions';
import { duration } from '../../model/times';
import type { Fetch } from '../../model/timeline';
import { account } from '../../session';
import { Input } from './input';
import { Result } from './result';

/** What an execution answers at once. */
export interface Ended {
  readonly execution_id: string;
  readonly outcome: 'ok' | 'exception' | 'exceeded_wall_time' | 'exceeded_memory' | 'exceeded_result' | 'invalid_result' | 'internal_error';
  readonly result: unknown;
  readonly error: ExecutionFailure | null;
  readonly logs: readonly LogLine[];
  readonly usage: Usage;
  readonly fetches: readonly Fetch[];
}

/** The latest run: what came of it, or why there was none. */
export interface Ran {
  readonly execution: Ended | null;
  /** What went in, as JSON. */
  readonly input: string;
  readonly refusal: unknown;
  /** Where the editor is to go; new each time. */
  readonly goTo: (Place & { readonly file: string | null }) | null;
}

export interface Runs {
  readonly text: string;
  readonly fault: string;
  readonly busy: boolean;
  readonly latest: Ran | null;
  readonly type: (text: string) => void;
  /** Return false when there was no result. */
  readonly run: () => Promise<boolean>;
  readonly goTo: (place: NonNullable<Ran['goTo']>) => void;
}

const typed = new Map<string, string>();

effect(() => {
  if (!account.value) typed.clear();
});

/** Run a function with the input that is typed; the text is kept while the page is. */
export function useRuns(id: string): Runs {
  const [text, setText] = useState(typed.get(id) ?? '{}');
  const [latest, setLatest] = useState<Ran | null>(null);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState('');
  const current = useRef(text);
  const underWay = useRef(false);
  const type = (changed: string) => {
    current.current = changed;
    typed.set(id, changed);
    setText(changed);
    setFault('');
  };
  const run = async () => {
    const wrong = faultOf(current.current);
    setFault(wrong);
    if (underWay.current || wrong) return true;
    underWay.current = true;
    setBusy(true);
    const input = current.current.trim() || '{}';
    try {
      const path = `functions/${encodeURIComponent(id)}/execute`;
      const { data } = await answer<Ended>('POST', path, { json: input });
      setLatest({ execution: data, input, refusal: null, goTo: null });
      return data.outcome === 'ok';
    } catch (refusal) {
      setLatest({ execution: null, input, refusal, goTo: null });
      return false;
    } finally {
      underWay.current = false;
      setBusy(false);
    }
  };
  const goTo = (place: NonNullable<Ran['goTo']>) => setLatest((ran) => ran && { ...ran, goTo: { ...place } });
  return { text, fault, busy, latest, type, run, goTo };
}

// The text itself is sent, since a number of many digits would not outlive being read here.
function faultOf(text: string): string {
  try {
    const value: unknown = JSON.parse(text.trim() || '{}');
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return '';
    return 'The input is an object, such as {"name": "Ada"}.';
  } catch (error) {
    return `The input is no JSON: ${(error as Error).message}`;
  }
}

function spoken({ outcome, error, usage }: Ended): string {
  const how = error ? `${error.name}: ${error.message}` : 'The function answered';
  return `${how}. ${outcome.replaceAll('_', ' ')} in ${duration(usage.wall_ms)}`;
}

interface RunProps {
  readonly draft: Signal<Draft>;
  readonly runs: Runs;
  readonly isUnsaved: boolean;
  readonly onRun: () => Promise<void>;
}

/** The input, the button, and what came of the latest run. */
export function Run({ draft, runs, isUnsaved, onRun }: RunProps) {
  const { saved } = draft.value;
  const { latest } = runs;
  // A result may be long, and this is shown again with each letter that is typed.
  const result = useMemo(
    () => latest?.execution && <Result of={latest.execution} input={latest.input} document={saved} onGoTo={runs.goTo} />,
    [latest?.execution, saved],
  );
  return (
    <section class="run" aria-label="Run">
      <Input functionId={saved.id} schema={saved.input_schema} text={runs.text} fault={runs.fault} onType={runs.type}>
        <button type="button" class="primary" disabled={runs.busy} onClick={() => void onRun()}>
          {runs.busy ? 'Running …' : isUnsaved ? 'Save and run' : 'Run'}
        </button>
      </Input>
      <p class="hidden" role="status">
        {latest?.execution && spoken(latest.execution)}
      </p>
      <div class="ran">
        {latest?.refusal ? <Failure error={latest.refusal} /> : null}
        {result}
        {!latest && <p class="note">Run the function to see its result, its console and what it used.</p>}
      </div>
    </section>
  );
}
