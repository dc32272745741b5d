import { useEffect } from 'preact/hooks';

import { answer, ApiError, get } from '../api';
import { ConsoleLines } from '../components/console_lines';
import { Failure } from '../components/failure';
import { Heading } from '../components/heading';
import { JsonTree } from '../components/json_tree';
import { Outcome } from '../components/outcome';
import { SaveCall } from '../components/save_call';
import { useLoaded } from '../load';
import { draftOfCall, isSavable, type CallDraft } from '../model/calls';
import type { WholeExecution } from '../model/executions';
import { href } from '../router';
import { ErrorBox } from './executions/error_box';
import { Facts } from './executions/facts';
import { RunAgain } from './executions/run_again';
import { Timeline } from './executions/timeline';
import type { ViewProps } from './index';

const AGAIN_MS = 2_000;
const TOO_LONG = 416;

/** One execution: how it ended, when what happened, what went in and what came out. */
export function Execution({ params }: ViewProps) {
  const path = `functions/${encodeURIComponent(params['functionId']!)}/executions/${encodeURIComponent(params['executionId']!)}`;
  const { value, error, busy, reload } = useLoaded(path, (signal) => fetchWhole(path, signal));
  const isUnderWay = value !== null && value.ended_ms === null;
  useEffect(() => {
    if (!isUnderWay || busy) return;
    const timer = setTimeout(reload, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [isUnderWay, busy]);
  return (
    <>
      <Heading title="Execution" crumb={<a href={href(['executions'])}>Executions</a>}>
        {value && <Outcome of={value} />}
        {value?.input !== undefined && isSavable(value.outcome) && !isUnderWay && (
          <SaveCall functionId={value.function_id} load={() => fetchCall(path)} />
        )}
        {value && <RunAgain of={value} />}
      </Heading>
      {error !== null && <Failure error={error} onRetry={reload} />}
      {value ? <Whole execution={value} /> : !error && <p class="loading">Loading …</p>}
    </>
  );
}

const LEFT_OUT = 'It is too long to be answered together with the other: ask for it alone, by the API.';

/** Return an execution, without its input and its result where the answer would be too long with them. */
async function fetchWhole(path: string, signal: AbortSignal): Promise<WholeExecution> {
  try {
    return await get<WholeExecution>(path, {}, signal);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === TOO_LONG)) throw error;
    return get<WholeExecution>(path, { without: 'input,result' }, signal);
  }
}

async function fetchCall(path: string): Promise<CallDraft> {
  return draftOfCall((await answer<WholeExecution>('GET', path, { exact: true })).data);
}

function Whole({ execution }: { execution: WholeExecution }) {
  const { error, function_id, version, logs, input, result } = execution;
  return (
    <div class="execution">
      <div class="reading">
        {error && <ErrorBox error={error} functionId={function_id} version={version} />}
        <section aria-labelledby="console-title">
          <h2 id="console-title">Console</h2>
          {logs.length ? <ConsoleLines lines={logs} /> : <p class="note">It wrote nothing to its console.</p>}
        </section>
        <div class="columns">
          <section class="panel" aria-labelledby="input-title">
            <h2 id="input-title">Input</h2>
            {input !== undefined ? <JsonTree value={input} /> : <p class="note">{LEFT_OUT}</p>}
          </section>
          <section class="panel" aria-labelledby="result-title">
            <h2 id="result-title">Result</h2>
            {result !== undefined ? <JsonTree value={result} /> : <p class="note">{LEFT_OUT}</p>}
          </section>
        </div>
      </div>
      <div class="known">
        <section class="panel" aria-labelledby="timeline-title">
          <h2 id="timeline-title">Timeline</h2>
          <Timeline of={execution} />
        </section>
        <section class="panel" aria-labelledby="facts-title">
          <h2 id="facts-title">Details</h2>
          <Facts of={execution} />
        </section>
      </div>
    </div>
  );
}
