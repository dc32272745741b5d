// The state of the editor for one file: its text, what can be undone, and what the language of its name brings.

import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  completionKeymap,
  currentCompletions,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { javascript } from '@codemirror/lang-javascript';
import { bracketMatching, indentOnInput } from '@codemirror/language';
import { lintGutter, lintKeymap } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  type KeyBinding,
  keymap,
  lineNumbers,
} from '@codemirror/view';

import { inputSchema } from './call_members';
import { completionSources } from './completion';
import { hovers } from './hover';
import { look } from './look';
import { faultsOfJson, faultsOfScript, markings } from './marks';

// A browser gives what is typed over a selection the look of what was there, in an inline style, which the policy for
// content refuses. So the editor does it.
const typingOver = EditorView.domEventHandlers({
  beforeinput({ inputType, data }, view) {
    const { from, to, empty } = view.state.selection.main;
    if (inputType !== 'insertText' || data === null || empty || view.composing) return false;
    const insert = () =>
      view.state.update(view.state.replaceSelection(data), { userEvent: 'input.type', scrollIntoView: true });
    const handled = view.state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, data, insert));
    if (!handled) view.dispatch(insert());
    return true;
  },
});

// Escape closes the list of completions where one is seen. CodeMirror's own takes it for a list that is yet to come too.
const closeList: KeyBinding = {
  key: 'Escape',
  run(view) {
    const isSeen = currentCompletions(view.state).length > 0;
    closeCompletion(view);
    return isSeen;
  },
};

// Escape, where it closes nothing, hands Tab back to the page until another key is pressed. CodeMirror's own does so for
// two seconds, which is too short for some people.
const leaveByTab: KeyBinding = {
  key: 'Escape',
  run(view) {
    view.setTabFocusMode(Infinity);
    return true;
  },
};

/** Return a state whose extensions know nothing of the page: it outlives the view that shows it. */
export function stateOf(name: string, text: string): EditorState {
  return EditorState.create({
    doc: text,
    extensions: [
      lineNumbers(),
      lintGutter(),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      // What turns text around or takes no room is seen, so that a source does what it seems to do.
      highlightSpecialChars(),
      history(),
      drawSelection(),
      indentOnInput(),
      typingOver,
      bracketMatching(),
      closeBrackets(),
      autocompletion({ icons: false, defaultKeymap: false }),
      search({ top: true }),
      highlightSelectionMatches(),
      keymap.of([
        ...closeBracketsKeymap,
        ...searchKeymap,
        ...historyKeymap,
        closeList,
        ...completionKeymap,
        ...lintKeymap,
        indentWithTab,
        ...defaultKeymap,
        leaveByTab,
      ]),
      EditorState.tabSize.of(2),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ 'aria-label': `Source of ${name}`, spellcheck: 'false' }),
      ...languageOf(name),
      look,
    ],
  });
}

function languageOf(name: string): Extension[] {
  if (name.endsWith('.json')) return [markings(faultsOfJson)];
  return [
    javascript({ typescript: /\.m?ts$/.test(name) }),
    inputSchema,
    ...completionSources.map((autocomplete) => EditorState.languageData.of(() => [{ autocomplete }])),
    hovers,
    markings(faultsOfScript),
  ];
}
