import { forceLinting } from '@codemirror/lint';
import type { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { useLayoutEffect, useRef } from 'preact/hooks';

import { setInputSchema } from './call_members';
import { positionOf, setMarks, type Mark } from './marks';
import { stateOf } from './state';

export interface Place {
  readonly line: number;
  readonly column: number;
}

interface EditorProps {
  /** The file's name, which tells its language. */
  readonly name: string;
  /** What a file begins with that `states` does not have. */
  readonly text: string;
  /** The states of files, by name: kept by the caller for as long as what was typed, and replaced where that is. */
  readonly states: Map<string, EditorState>;
  readonly marks: readonly Mark[];
  /** The schema of the function's input, if it has one. */
  readonly schema: unknown;
  /** Where to go; a new object goes there again. */
  readonly place: Place | null;
  readonly onChange: (text: string) => void;
}

// Its effects come with the page that they are of: what is typed, or found by a linter, between a page and its effects would
// go to the file that is shown next.
export function Editor(props: EditorProps) {
  const { name, text, states, marks, schema, place } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(props);
  latest.current = props;

  useLayoutEffect(() => {
    const root = host.current!.shadowRoot ?? host.current!.attachShadow({ mode: 'open' });
    const created = new EditorView({
      state: stateFor(states, name, text),
      parent: root,
      root,
      dispatchTransactions(transactions, editor) {
        editor.update(transactions);
        const { name: shown, onChange, states: kept } = latest.current;
        kept.set(shown, editor.state);
        if (transactions.some(({ docChanged }) => docChanged)) onChange(editor.state.doc.toString());
      },
    });
    view.current = created;
    return () => created.destroy();
  }, []);

  useLayoutEffect(() => {
    const editor = view.current!;
    const wanted = stateFor(states, name, text);
    if (editor.state !== wanted) editor.setState(wanted);
  }, [name, states]);

  useLayoutEffect(() => {
    view.current!.dispatch({ effects: setMarks.of(marks) });
    forceLinting(view.current!);
  }, [name, states, marks]);

  useLayoutEffect(() => view.current!.dispatch({ effects: setInputSchema.of(schema) }), [name, states, schema]);

  useLayoutEffect(() => {
    if (!place) return;
    const editor = view.current!;
    const anchor = positionOf(editor.state.doc, place.line, place.column);
    editor.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) });
    editor.focus();
  }, [name, place]);

  return <div class="code" ref={host} />;
}

function stateFor(states: Map<string, EditorState>, name: string, text: string): EditorState {
  const state = states.get(name) ?? stateOf(name, text);
  states.set(name, state);
  return state;
}
