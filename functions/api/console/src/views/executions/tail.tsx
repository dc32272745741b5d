import { useEffect, useMemo, useState } from 'preact/hooks';

import { Failure } from '../../components/failure';
import { FunctionName } from '../../components/function_name';
import { Outcome } from '../../components/outcome';
import { withoutCodes } from '../../model/ansi';
import { placeOf, type LogEntry } from '../../model/executions';
import { ENTRIES, Tail as Source } from '../../model/tail';
import { clockTime, duration } from '../../model/times';
import { href } from '../../router';
import { expired } from '../../session';
import { editorAt } from './error_box';
import { NoExecutions } from './empty';
import type { Filter } from './filters';

/** Executions as they end, the newest first: a pause stops asking, and going on leaves nothing out. */
export function Tail({ filter }: { filter: Filter }) {
  const [paused, setPaused] = useState(false);
  const failed = filter.status === 'failed';
  const source = useMemo(() => new Source({ function_id: filter.function, failed }), [filter.function, failed]);
  const refused = expired.value;
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (paused || refused) return;
    const controller = new AbortController();
    void source.run(controller.signal);
    return () => controller.abort();
  }, [source, paused, refused, turn]);
  const entries = source.entries.value;
  const isBroken = source.error.value !== null;
  return (
    <>
      <div class="bar">
        <button type="button" aria-pressed={paused} onClick={() => setPaused(!paused)}>
          {paused ? 'Go on' : 'Pause'}
        </button>
        <button type="button" class="quiet" onClick={() => source.clear()} disabled={entries.length === 0}>
          Clear
        </button>
        <span class={paused || isBroken ? 'live paused' : 'live'} role="status">
          {paused ? 'Paused' : isBroken ? 'Interrupted' : 'Live'}
        </span>
        {source.left.value > 0 && <span class="note">The latest {ENTRIES} are kept here.</span>}
      </div>
      {isBroken && <Failure error={source.error.value} onRetry={() => setTurn(turn + 1)} />}
      {entries.length === 0 && !isBroken && <NoExecutions narrowed={false} />}
      <ol class="tail" aria-label="Ended executions" reversed>
        {entries.toReversed().map((entry) => (
          <Entry key={`${entry.execution_id} ${entry.attempts}`} entry={entry} />
        ))}
      </ol>
    </>
  );
}

function Entry({ entry }: { entry: LogEntry }) {
  const { execution_id, function_id, version, usage, error, logs, ended_ms, created_ms } = entry;
  const place = placeOf(error);
  return (
    <li>
      <div class="head">
        <a href={href(['executions', function_id, execution_id])}>
          <span class="hidden">Execution {execution_id}, </span>
          {clockTime(ended_ms ?? created_ms)}
        </a>
        <Outcome of={entry} />
        <FunctionName id={function_id} />
        <span class="note">
          {version}
          {usage && `, ${duration(usage.wall_ms)}`}
        </span>
      </div>
      {logs.map((line, at) => (
        <pre key={at} class={`clamp console ${line.level}`}>
          {withoutCodes(line.text)}
        </pre>
      ))}
      {error && (
        <p class="message bad clamp">
          {error.name}: {error.message}{' '}
          {place && (
            <a href={editorAt(function_id, place)}>
              {place.file ?? 'line'} {place.line}:{place.column}
            </a>
          )}
        </p>
      )}
    </li>
  );
}
