import { useMemo, useState } from 'preact/hooks';

import { narrow } from '../../components/narrow';
import { blocksOf, differing, rowsOf, type Line, type Row } from '../../model/line_diff';

interface DiffProps {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  readonly beforeTitle: string;
  readonly afterTitle: string;
}

/** Two texts side by side, or in one column where the window is narrow. */
export function Diff({ name, before, after, beforeTitle, afterTitle }: DiffProps) {
  const rows = useMemo(() => rowsOf(before, after), [before, after]);
  const [shown, setShown] = useState<ReadonlySet<number>>(new Set());
  const removed = rows.filter((row) => row.before && row.kind !== 'same').length;
  const added = rows.filter((row) => row.after && row.kind !== 'same').length;
  const columns = narrow.value ? 2 : 4;
  return (
    <table class={narrow.value ? 'diff one-column' : 'diff'}>
      <caption>
        <b>{name}</b> <span class="removed">{removed} removed,</span> <span class="added">{added} added</span>
      </caption>
      <colgroup>
        <col class="number" />
        <col />
        {!narrow.value && <col class="number" />}
        {!narrow.value && <col />}
      </colgroup>
      <thead class={narrow.value ? 'hidden' : undefined}>
        <tr>
          <th colSpan={2}>{beforeTitle}</th>
          {!narrow.value && <th colSpan={2}>{afterTitle}</th>}
        </tr>
      </thead>
      <tbody>
        {blocksOf(rows).map((block, at) => {
          if ('rows' in block) return block.rows.map(rowElements);
          if (shown.has(at)) return block.hidden.map(rowElements);
          return (
            <tr class="gap">
              <td colSpan={columns}>
                <button type="button" class="quiet" onClick={() => setShown(new Set([...shown, at]))}>
                  Show {block.hidden.length} equal lines
                </button>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function rowElements(row: Row) {
  return narrow.value ? <OneColumn row={row} /> : <TwoColumns row={row} />;
}

function TwoColumns({ row }: { row: Row }) {
  const { before, after } = row;
  return (
    <tr>
      <Side line={before} other={after} kind={row.kind === 'same' ? '' : 'removed'} />
      <Side line={after} other={before} kind={row.kind === 'same' ? '' : 'added'} />
    </tr>
  );
}

function OneColumn({ row }: { row: Row }) {
  const { kind, before, after } = row;
  if (kind === 'same') {
    return (
      <tr>
        <Side line={after} other={before} kind="" />
      </tr>
    );
  }
  return (
    <>
      {before && (
        <tr>
          <Side line={before} other={after} kind="removed" />
        </tr>
      )}
      {after && (
        <tr>
          <Side line={after} other={before} kind="added" />
        </tr>
      )}
    </>
  );
}

function Side({ line, other, kind }: { line: Line | undefined; other: Line | undefined; kind: '' | 'removed' | 'added' }) {
  if (!line) return <td class="none" colSpan={2} />;
  return (
    <>
      <td class={`number ${kind}`}>{line.number}</td>
      <td class={`line ${kind}`}>
        {kind && <span class="hidden">{kind}: </span>}
        {kind && other ? <Marked text={line.text} other={other.text} /> : line.text}
      </td>
    </>
  );
}

/** A line with what differs from the other one marked. */
function Marked({ text, other }: { text: string; other: string }) {
  const { start, end } = differing(text, other);
  const to = text.length - end;
  if (start >= to || start + end < text.length / 2) return <>{text}</>;
  return (
    <>
      {text.slice(0, start)}
      <mark>{text.slice(start, to)}</mark>
      {text.slice(to)}
    </>
  );
}
