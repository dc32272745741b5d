import { useEffect, useState } from 'preact/hooks';

import { get } from '../../api';
import { placeOf, type ExecutionFailure } from '../../model/executions';
import { textsOf, type Frozen } from '../../model/versions';
import { href } from '../../router';

interface ErrorBoxProps {
  readonly error: ExecutionFailure;
  readonly functionId: string;
  readonly version: string;
}

/** Why an execution has no result: its message, the author's own line, and the way to it. */
export function ErrorBox({ error, functionId, version }: ErrorBoxProps) {
  const place = placeOf(error);
  const { exceeded } = error;
  return (
    <section class="error-box" aria-labelledby="error-title">
      <h2 id="error-title">Error</h2>
      <p class="message">
        <b>{error.name}</b>: {error.message}
      </p>
      {exceeded && (
        <p>
          The limit <code>{exceeded.limit}</code> is {exceeded.value}
          {exceeded.used === null ? '.' : `; ${exceeded.used} was used.`}
        </p>
      )}
      {place && (
        <>
          <Excerpt functionId={functionId} version={version} {...place} />
          <p>
            <a href={editorAt(functionId, place)}>
              Open {place.file ?? 'the source'} at line {place.line}
            </a>
            {version === '$LATEST' ? ' (the draft as it is now)' : ` (of the draft; version ${version} ran)`}
          </p>
        </>
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

/** The address of a line in the editor of the draft. */
export function editorAt(functionId: string, place: { file: string | null; line: number; column: number }): string {
  const at = { line: String(place.line), column: String(place.column) };
  return href(['functions', functionId], place.file === null ? at : { file: place.file, ...at });
}

interface ExcerptProps {
  readonly functionId: string;
  readonly version: string;
  readonly file: string | null;
  readonly line: number;
  readonly column: number;
}

const AROUND = 2;

/** The line of the version that ran, with those around it; nothing where the source has none such any more. */
function Excerpt({ functionId, version, file, line, column }: ExcerptProps) {
  const [lines, setLines] = useState<readonly string[]>([]);
  useEffect(() => {
    const path = `functions/${encodeURIComponent(functionId)}${version === '$LATEST' ? '' : `/versions/${version}`}`;
    get<Frozen>(path).then(
      (document) => setLines(sourceOf(document, file).trimEnd().split(/\r?\n/)),
      () => setLines([]), // the error is told all the same
    );
  }, [functionId, version, file]);
  if (lines.length < line) return null;
  const first = Math.max(1, line - AROUND);
  return (
    <pre class="excerpt" role="group" tabIndex={0} aria-label={`Lines around line ${line}`}>
      {lines.slice(first - 1, line + AROUND).map((text, at) => (
        <span key={at} class={first + at === line ? 'line here' : 'line'}>
          <span class="number">{first + at}</span>
          {text}
          {'\n'}
          {first + at === line && <span class="pointer">{`${' '.repeat(Math.max(0, column - 1))}^\n`}</span>}
        </span>
      ))}
    </pre>
  );
}

function sourceOf(document: Frozen, file: string | null): string {
  const texts = textsOf(document);
  return (file === null ? [...texts.values()][0] : texts.get(file)) ?? '';
}
