// What the API and the latest execution say about places in a source, and what does not parse while it is typed.

import { ensureSyntaxTree } from '@codemirror/language';
import { linter, type Diagnostic } from '@codemirror/lint';
import { StateEffect, StateField, type EditorState, type Extension, type Text } from '@codemirror/state';

/** A sentence about a line and a column, which count from 1. */
export interface Mark {
  readonly line: number;
  readonly column: number;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** Who says so, such as `the latest run`. */
  readonly source: string;
}

const DELAY_MS = 300;
const PARSE_MS = 200;
const ERRORS = 20;
const MESSAGE_CHARACTERS = 24;

export const setMarks = StateEffect.define<readonly Mark[]>();

// A mark goes with its text, and is gone once its line is edited.
const marks = StateField.define<readonly Diagnostic[]>({
  create: () => [],
  update(before, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(setMarks)) return effect.value.map((mark) => diagnosticOf(transaction.state.doc, mark));
    }
    if (!transaction.docChanged || before.length === 0) return before;
    return before
      .filter(({ from }) => !transaction.changes.touchesRange(...lineAround(transaction.startState.doc, from)))
      .map((each) => ({ ...each, from: transaction.changes.mapPos(each.from), to: transaction.changes.mapPos(each.to) }));
  },
});

/** The marks of a state, and its faults of syntax, as the editor underlines them. */
export function markings(faults: (state: EditorState) => Diagnostic[]): Extension {
  return [
    marks,
    linter(({ state }) => [...state.field(marks), ...faults(state)], {
      delay: DELAY_MS,
      needsRefresh: ({ transactions }) => transactions.some(({ effects }) => effects.some((each) => each.is(setMarks))),
    }),
  ];
}

/** What does not parse, as the parser that colours the text sees it. */
export function faultsOfScript(state: EditorState): Diagnostic[] {
  const found: Diagnostic[] = [];
  ensureSyntaxTree(state, state.doc.length, PARSE_MS)?.iterate({
    enter(node) {
      if (!node.type.isError || found.length >= ERRORS) return;
      // One fault in a line is enough: the next ones follow from it.
      const line = state.doc.lineAt(node.from);
      if (found.some(({ from }) => from >= line.from && from <= line.to)) return;
      found.push(fault(state.doc, node.from, node.to));
    },
  });
  return found;
}

export function faultsOfJson(state: EditorState): Diagnostic[] {
  const text = state.doc.toString();
  try {
    if (text.trim()) JSON.parse(text);
    return [];
  } catch (error) {
    const at = Number(/position (\d+)/.exec(String(error))?.[1] ?? text.length);
    return [{ ...span(state.doc, at, at + 1), severity: 'error', message: `No JSON: ${(error as Error).message}` }];
  }
}

/** Return the position of a line and a column, or the nearest that there is. */
export function positionOf(doc: Text, line: number, column: number): number {
  const at = doc.line(Math.min(Math.max(line, 1), doc.lines));
  return Math.min(at.from + Math.max(column, 1) - 1, at.to);
}

function diagnosticOf(doc: Text, { line, column, severity, message, source }: Mark): Diagnostic {
  const at = positionOf(doc, line, column);
  const word = /^[\w$]+/.exec(doc.sliceString(at, doc.lineAt(at).to))?.[0].length ?? 1;
  return { ...span(doc, at, at + word), severity, message, source };
}

function fault(doc: Text, from: number, to: number): Diagnostic {
  const text = doc.sliceString(from, Math.min(to, from + MESSAGE_CHARACTERS)).trim();
  const message = text ? `Unexpected ${text}` : from >= doc.length ? 'Unexpected end' : 'Something is missing here';
  return { ...span(doc, from, to), severity: 'error', message, source: 'syntax' };
}

// At least one character, so that there is something to underline.
function span(doc: Text, from: number, to: number): { from: number; to: number } {
  const end = Math.min(Math.max(to, from + 1), doc.length);
  return { from: Math.min(from, Math.max(end - 1, 0)), to: end };
}

function lineAround(doc: Text, position: number): [number, number] {
  const { from, to } = doc.lineAt(Math.min(position, doc.length));
  return [from, to];
}
