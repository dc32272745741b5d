import { ConsoleLines } from '../../components/console_lines';
import { Copy } from '../../components/copy';
import { JsonTree } from '../../components/json_tree';
import { Outcome } from '../../components/outcome';
import { SaveCall } from '../../components/save_call';
import { draftOfCall, isSavable } from '../../model/calls';
import { placeOf } from '../../model/executions';
import { DEFAULTS, entryOf, type FunctionDocument } from '../../model/functions';
import { duration } from '../../model/times';
import { href } from '../../router';
import { Meter } from './meter';
import type { Ended, Runs } from './run';

interface ResultProps {
  readonly of: Ended;
  /** What went in, as JSON. */
  readonly input: string;
  readonly document: FunctionDocument;
  readonly onGoTo: Runs['goTo'];
}

/** What came of a run: its result or its error, its console, and what it used of its limits. */
export function Result({ of, input, document, onGoTo }: ResultProps) {
  const { outcome, result, logs, usage, fetches } = of;
  const limits = { ...DEFAULTS, ...document.limits };
  return (
    <>
      <div class="bar">
        <Outcome of={{ status: outcome === 'ok' ? 'succeeded' : 'failed', outcome }} />
        <span class="note">
          {duration(usage.wall_ms)}
          {usage.cold && ', in a new isolate'}
        </span>
        {outcome === 'ok' && result !== null && <Copy text={() => JSON.stringify(result, null, 2)} what="The result" />}
        {isRecorded(document, outcome) && (
          <a href={href(['executions', document.id, of.execution_id])}>Record</a>
        )}
        {isSavable(outcome) && (
          <SaveCall functionId={document.id} load={async () => ({ ...draftOfCall(of), input })} />
        )}
      </div>
      {of.error && <RunError of={of} document={document} onGoTo={onGoTo} />}
      {outcome === 'ok' && (
        <section aria-label="Result" class="panel">
          <JsonTree value={result} />
        </section>
      )}
      {logs.length > 0 && (
        <section aria-label="Console">
          <h2>Console</h2>
          <ConsoleLines lines={logs} />
        </section>
      )}
      {fetches.length > 0 && (
        <section aria-label="Requests">
          <h2>Requests</h2>
          <ul class="fetches">
            {fetches.map((fetch, at) => (
              <li key={at}>
                <b>{fetch.method}</b> {fetch.host} <span class="note">{fetch.status ?? fetch.error}, {duration(fetch.ms)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <div class="meters">
        <Meter label="Time" value={usage.wall_ms} limit={limits.wall_time_ms} write={duration} />
        <Meter label="Memory" value={usage.memory_mb} limit={limits.memory_mb} write={(mb) => `${Number(mb.toFixed(1))} MB`} />
        <p class="note">{duration(usage.cpu_ms)} of the processor</p>
      </div>
    </>
  );
}

function isRecorded({ record = DEFAULTS.record }: FunctionDocument, outcome: Ended['outcome']): boolean {
  return record === 'all' || record === 'replayable' || (record === 'failures' && outcome !== 'ok');
}

function RunError({ of, document, onGoTo }: Omit<ResultProps, 'input'>) {
  const error = of.error!;
  const place = placeOf(error);
  return (
    <section class="error-box" aria-label="Error">
      <p class="message">
        <b>{error.name}</b>: {error.message}
      </p>
      {error.exceeded && (
        <p>
          The limit <code>{error.exceeded.limit}</code> is {error.exceeded.value}
          {error.exceeded.used === null ? '.' : `; ${error.exceeded.used} was used.`}
        </p>
      )}
      {place && (
        <div class="actions">
          <button type="button" onClick={() => onGoTo(place)}>
            Show line {place.line} of {place.file ?? entryOf(document)}
          </button>
        </div>
      )}
      {error.stack && (
        <details>
          <summary>Stack</summary>
          <pre>{error.stack}</pre>
        </details>
      )}
    </section>
  );
}
