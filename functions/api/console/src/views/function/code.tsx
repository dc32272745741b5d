import type { Signal } from '@preact/signals';
import { useLayoutEffect, useMemo, useState } from 'preact/hooks';

import { change, type Draft } from '../../drafts';
import { Editor, type Place } from '../../editor/editor';
import { entryOf, sourcesOf, withoutFile, withSource } from '../../model/functions';
import { Files } from './files';
import type { Marks } from './marks';
import type { Ran } from './run';

interface CodeProps {
  readonly draft: Signal<Draft>;
  readonly marks: Marks;
  /** `file`, `line` and `column` say where to open the editor. */
  readonly query: URLSearchParams;
  readonly latest: Ran | null;
}

interface Shown {
  readonly file: string;
  readonly place: Place | null;
}

const MODIFIER = /Mac|iP/.test(navigator.platform) ? '⌘' : 'Ctrl';
const NONE: readonly never[] = [];

/** The files of a function, one of them in the editor. */
export function Code({ draft, marks, query, latest }: CodeProps) {
  const { document, states } = draft.value;
  const entry = entryOf(document);
  const sources = useMemo(() => sourcesOf(document), [document]);
  const [shown, setShown] = useState<Shown>({ file: entry, place: null });
  const file = sources.has(shown.file) ? shown.file : entry;

  const asked = query.toString();
  useLayoutEffect(() => {
    const line = Number(query.get('line'));
    if (!line) return;
    setShown({ file: query.get('file') ?? entry, place: { line, column: Number(query.get('column')) || 1 } });
  }, [asked]);
  useLayoutEffect(() => {
    if (latest?.goTo) setShown({ file: latest.goTo.file ?? entry, place: latest.goTo });
  }, [latest?.goTo]);

  const remove = (name: string) => {
    states.delete(name);
    change(draft, withoutFile(document, name));
  };
  const add = (name: string) => {
    change(draft, withSource(document, name, name.endsWith('.json') ? '{}\n' : ''));
    setShown({ file: name, place: null });
  };
  return (
    <section class="source" aria-label="Source">
      <Files
        document={document}
        names={[...sources.keys()]}
        shown={file}
        marks={marks}
        onShow={(name) => setShown({ file: name, place: null })}
        onAdd={add}
        onRemove={remove}
      />
      <Editor
        name={file}
        text={sources.get(file) ?? ''}
        states={states}
        marks={marks.get(file) ?? NONE}
        schema={document.input_schema}
        place={shown.file === file ? shown.place : null}
        onChange={(text) => change(draft, withSource(draft.peek().document, file, text))}
      />
      <p class="note hint">
        <kbd>{MODIFIER} S</kbd> saves, <kbd>{MODIFIER} Enter</kbd> runs, <kbd>Esc</kbd> then <kbd>Tab</kbd> leaves the editor
      </p>
    </section>
  );
}
