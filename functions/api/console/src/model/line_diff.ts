// The lines that make one text out of another, as a list of rows for one column or two.

/** One line of a text, counted from 1. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

/** What stands on both sides of one row; `changed` has a line on either side. */
export interface Row {
  readonly kind: 'same' | 'removed' | 'added' | 'changed';
  readonly before?: Line | undefined;
  readonly after?: Line | undefined;
}

/** Rows that are shown, or the count of equal ones that are not. */
export type Block = { rows: Row[] } | { hidden: Row[] };

// Beyond that many edits, comparing costs more than it tells: what is left is one change.
const EDITS = 1_500;

/** Return all rows of two texts, in their order. */
export function rowsOf(before: string, after: string): Row[] {
  const [left, right] = [linesOf(before), linesOf(after)];
  const start = commonStart(left, right);
  const end = commonEnd(left, right, start);
  const middle = edits(left.slice(start, left.length - end), right.slice(start, right.length - end));
  const rows: Row[] = [];
  let [l, r] = [0, 0];
  const same = () => rows.push({ kind: 'same', before: line(left, l++), after: line(right, r++) });
  while (l < start) same();
  for (const [removed, added, kept] of middle) {
    for (let at = 0; at < Math.max(removed, added); at++) {
      const gone = at < removed ? line(left, l++) : undefined;
      const come = at < added ? line(right, r++) : undefined;
      rows.push({ kind: gone ? (come ? 'changed' : 'removed') : 'added', before: gone, after: come });
    }
    for (let at = 0; at < kept; at++) same();
  }
  while (l < left.length) same();
  return rows;
}

/** Return the rows with equal ones hidden that have no change within `context` rows. */
export function blocksOf(rows: Row[], context = 3): Block[] {
  const near = new Uint8Array(rows.length);
  rows.forEach((row, at) => {
    if (row.kind !== 'same') near.fill(1, Math.max(0, at - context), at + context + 1);
  });
  const blocks: Block[] = [];
  for (let from = 0, to = 0; from < rows.length; from = to) {
    while (to < rows.length && near[to] === near[from]) to++;
    const some = rows.slice(from, to);
    blocks.push(near[from] || some.length === 1 ? { rows: some } : { hidden: some });
  }
  return blocks;
}

/** Return where two lines begin to differ, and how many characters at their ends are equal. */
export function differing(before: string, after: string): { start: number; end: number } {
  const start = commonStart(before, after);
  return { start, end: commonEnd(before, after, start) };
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/);
}

function line(lines: string[], at: number): Line {
  return { number: at + 1, text: lines[at]! };
}

function commonStart(left: ArrayLike<string>, right: ArrayLike<string>): number {
  let at = 0;
  while (at < left.length && at < right.length && left[at] === right[at]) at++;
  return at;
}

function commonEnd(left: ArrayLike<string>, right: ArrayLike<string>, start: number): number {
  const most = Math.min(left.length, right.length) - start;
  let at = 0;
  while (at < most && left[left.length - 1 - at] === right[right.length - 1 - at]) at++;
  return at;
}

/** Return [lines removed, lines added, lines kept after them], by the algorithm of Myers. */
function edits(left: string[], right: string[]): [number, number, number][] {
  const all: [number, number, number][] = [[left.length, right.length, 0]];
  if (!left.length || !right.length) return left.length + right.length ? all : [];
  // On each diagonal (the place on the left, less the one on the right), how far `d` edits lead.
  const seen: Int32Array[] = [];
  let reach = new Int32Array(3);
  for (let d = 0; d <= Math.min(EDITS, left.length + right.length); d++) {
    const next = new Int32Array(2 * d + 5);
    for (let k = -d; k <= d; k += 2) {
      let x = d === 0 ? 0 : goesDown(reach, d, k) ? reach[k + 1 + d]! : reach[k - 1 + d]! + 1;
      while (x < left.length && x - k < right.length && left[x] === right[x - k]) x++;
      next[k + d + 1] = x;
      if (x >= left.length && x - k >= right.length) return back(seen, left.length, right.length);
    }
    seen.push(next);
    reach = next;
  }
  return all;
}

// `reach` is of `d - 1` edits, where diagonal `k` is at `k + d`.
function goesDown(reach: Int32Array, d: number, k: number): boolean {
  return k === -d || (k !== d && reach[k - 1 + d]! < reach[k + 1 + d]!);
}

function back(seen: Int32Array[], left: number, right: number): [number, number, number][] {
  const parts: [number, number, number][] = [];
  let [x, y] = [left, right];
  for (let d = seen.length; d > 0; d--) {
    const [reach, k] = [seen[d - 1]!, x - y];
    const down = goesDown(reach, d, k);
    const from = down ? reach[k + 1 + d]! : reach[k - 1 + d]!;
    const kept = down ? x - from : x - from - 1;
    const last = parts[0];
    const edit: [number, number, number] = [down ? 0 : 1, down ? 1 : 0, kept];
    if (last && kept === 0) {
      last[0] += edit[0];
      last[1] += edit[1];
    } else parts.unshift(edit);
    [x, y] = down ? [from, from - (k + 1)] : [from, from - (k - 1)];
  }
  return parts;
}
