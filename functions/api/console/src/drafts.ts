// What was typed and is not saved yet, in memory: it outlives a visit to another view, and a key that expires.

import type { EditorState } from '@codemirror/state';
import { effect, signal, type Signal } from '@preact/signals';

import { answer, ApiError, put, type Answer, type Envelope } from './api';
import { differences, entryOf, patchOf, sourcesOf, type FunctionDocument, type Warning } from './model/functions';
import { account } from './session';

export interface Draft {
  /** As the API had it last. */
  readonly saved: FunctionDocument;
  /** When that was written. */
  readonly metadata: Envelope<unknown>['metadata'];
  readonly etag: string | null;
  /** As it is typed. */
  readonly document: FunctionDocument;
  /** What the editor knows of each file, so that undo goes on. */
  readonly states: Map<string, EditorState>;
  /** What the API said of the document that was saved last. */
  readonly warnings: readonly Warning[];
  /** What was sent to be saved since, and may be saved: no answer came. */
  readonly unanswered: readonly FunctionDocument[];
}

/** Another one saved the function since it was loaded. */
export class ConflictError extends Error {
  constructor(
    readonly theirs: FunctionDocument,
    readonly metadata: Draft['metadata'],
    readonly etag: string | null,
  ) {
    super('The function was changed elsewhere since you opened it.');
  }
}

/** Another one removed the function since it was loaded. */
export class GoneError extends Error {
  constructor() {
    super('The function was removed elsewhere since you opened it.');
  }
}

const CONFLICTS = [409, 412];

const drafts = new Map<string, Signal<Draft>>();
/** The saves that are under way, and what each sent. */
const saves = new WeakMap<Signal<Draft>, { readonly document: FunctionDocument; readonly done: Promise<void> }>();

effect(() => {
  if (!account.value) drafts.clear();
});

addEventListener('beforeunload', (event) => {
  if (unsaved() > 0) event.preventDefault();
});

export function isChanged({ saved, document }: Draft): boolean {
  return saved !== document && differences(saved, document).length > 0;
}

/** How many functions have changes that are not saved. */
export function unsaved(): number {
  return [...drafts.values()].filter((draft) => isChanged(draft.peek())).length;
}

/** Whether a function has changes that are not saved. */
export function isUnsaved(id: string): boolean {
  const draft = drafts.get(keyOf(id));
  return draft !== undefined && isChanged(draft.value);
}

/** Return the draft of a function: the one with changes, or the function as it is now. */
export async function openDraft(id: string, abort: AbortSignal): Promise<Signal<Draft>> {
  const key = keyOf(id);
  const before = drafts.get(key)?.peek();
  if (before && isChanged(before)) return drafts.get(key)!;
  const found = await answer<FunctionDocument>('GET', pathOf(id), { signal: abort });
  const kept = drafts.get(key);
  if (!kept) {
    const opened = signal(asFound(undefined, found));
    drafts.set(key, opened);
    return opened;
  }
  // What was typed or saved meanwhile is newer than the answer.
  if (kept.peek() === before) kept.value = asFound(before, found);
  return kept;
}

export function change(draft: Signal<Draft>, document: FunctionDocument): void {
  const entry = entryOf(document);
  // Another language is another name for the entry.
  if (entry !== entryOf(draft.value.document)) draft.value.states.delete(entry);
  draft.value = { ...draft.value, document };
}

/** Read a function again that has no changes: one that keeps failing is disabled by the API. */
export async function refresh(draft: Signal<Draft>): Promise<void> {
  const before = draft.peek();
  const found = await answer<FunctionDocument>('GET', pathOf(before.saved.id));
  if (draft.peek() !== before || isChanged(before) || found.etag === before.etag) return;
  draft.value = asFound(before, found);
}

/** Enable a function that was disabled because it kept failing. */
export async function enable(draft: Signal<Draft>): Promise<void> {
  const found = await answer<FunctionDocument>('PATCH', pathOf(draft.peek().saved.id), { data: { enabled: true } });
  const now = draft.peek();
  if (!isChanged(now)) {
    draft.value = asFound(now, found);
    return;
  }
  // What is typed stays, but for what was just decided. What another one changed is told by the next save, whose etag is
  // the older one then.
  const enabled = { enabled: true, ...(found.data._read_only && { _read_only: found.data._read_only }) };
  const saved = { ...now.saved, ...enabled };
  const isAlone = differences(saved, found.data).length === 0;
  draft.value = { ...now, saved, document: { ...now.document, ...enabled }, etag: isAlone ? found.etag : now.etag };
}

/** Go on from the function as another one saved it; `document` is what is typed then. */
export function rebase(draft: Signal<Draft>, { theirs, metadata, etag }: ConflictError, document: FunctionDocument): void {
  draft.value = { ...draft.value, saved: theirs, metadata, etag, document, states: statesOf(draft.value, document), unanswered: [] };
}

/**
 * Save what was changed. What is typed meanwhile stays. Who asks again meanwhile waits for that one, since another would
 * be refused as of an older function, and gets false.
 */
export async function save(draft: Signal<Draft>): Promise<boolean> {
  const { document } = draft.peek();
  if (!isChanged(draft.peek())) return false;
  const other = saves.get(draft);
  if (other) {
    await other.done;
    return other.document === document ? false : save(draft);
  }
  const done = send(draft).finally(() => saves.delete(draft));
  saves.set(draft, { document, done });
  await done;
  return true;
}

async function send(draft: Signal<Draft>): Promise<void> {
  const { saved, etag, document } = draft.peek();
  const path = pathOf(saved.id);
  const headers = etag === null ? {} : { 'if-match': etag };
  try {
    settle(draft, document, await answer<FunctionDocument>('PATCH', path, { data: patchOf(saved, document), headers }));
  } catch (error) {
    if (!(error instanceof ApiError && error.status >= 400 && error.status < 500)) {
      draft.value = { ...draft.value, unanswered: [...draft.value.unanswered, document] };
      throw error;
    }
    if (error.status === 404) throw new GoneError();
    if (!CONFLICTS.includes(error.status)) throw error;
    const now = await answer<FunctionDocument>('GET', path);
    if (now.etag === etag) throw error; // refused for another reason
    const own = [document, ...draft.peek().unanswered].find((each) => differences(each, now.data).length === 0);
    if (!own) throw new ConflictError(now.data, now.envelope.metadata, now.etag);
    settle(draft, own, now);
    if (own !== document) await send(draft);
  }
}

/** Note that `document` is saved. */
function settle(draft: Signal<Draft>, document: FunctionDocument, { data, etag, envelope }: Answer<FunctionDocument>): void {
  const later = draft.value.document;
  draft.value = {
    ...draft.value,
    saved: data,
    metadata: envelope.metadata,
    etag,
    document: later === document ? data : later,
    warnings: data._read_only?.warnings ?? [],
    unanswered: [],
  };
}

/** Make a function anew of the draft of one that is gone; return its id. */
export async function makeAgain(draft: Signal<Draft>): Promise<string> {
  const { saved, document } = draft.peek();
  const { id: _, _read_only: __, ...rest } = document;
  const made = await put<FunctionDocument>('functions', rest);
  forgetDraft(saved.id);
  return made.id;
}

/** Forget a draft: its function is gone. */
export function forgetDraft(id: string): void {
  drafts.delete(keyOf(id));
}

function asFound(before: Draft | undefined, { data, etag, envelope }: Answer<FunctionDocument>): Draft {
  const warnings = before?.etag === etag ? before.warnings : [];
  const states = statesOf(before, data);
  return { saved: data, metadata: envelope.metadata, etag, document: data, states, warnings, unanswered: [] };
}

// Of the files that a document has with the same text.
function statesOf(before: Draft | undefined, document: FunctionDocument): Map<string, EditorState> {
  const sources = sourcesOf(document);
  return new Map([...(before?.states ?? [])].filter(([name, { doc }]) => doc.toString() === sources.get(name)));
}

function pathOf(id: string): string {
  return `functions/${encodeURIComponent(id)}`;
}

function keyOf(id: string): string {
  return `${account.value?.id} ${id}`;
}
