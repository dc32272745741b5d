import { withoutCodes } from '../model/ansi';
import type { LogLine } from '../model/executions';
import { duration } from '../model/times';

/** What a function wrote to its console, with when since it began. */
export function ConsoleLines({ lines }: { lines: readonly LogLine[] }) {
  return (
    <ol class="console-lines" aria-label="Console lines">
      {lines.map((line, at) => (
        <li key={at} class={line.level}>
          <span class="at">{duration(line.at_ms)}</span>
          {line.level !== 'log' && <span class="level">{line.level}</span>}
          <pre>{withoutCodes(line.text)}</pre>
        </li>
      ))}
    </ol>
  );
}
