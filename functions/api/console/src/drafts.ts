// What was typed and is not saved yet, in memory: it outlives a visit to another view, and a key that expires.

import type { EditorState } from '@codemirror/state';
import { effect, signal, type Signal } from '@preact/signals';

import { answer, ApiError, type Envelope } from './api';
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

const CONFLICTS = [409, 412];

const drafts = new Map<string, Signal<Draft>>();

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

/** Return the draft of a function: the one with changes, or the function as it is now. */
export async function openDraft(id: string, abort: AbortSignal): Promise<Signal<Draft>> {
  const key = keyOf(id);
  const kept = drafts.get(key);
  if (kept && isChanged(kept.peek())) return kept;
  const { data, etag, envelope } = await answer<FunctionDocument>('GET', `functions/${encodeURIComponent(id)}`, { signal: abort });
  const before = kept?.peek();
  const states = statesOf(before, data);
  const warnings = before?.etag === etag ? before.warnings : [];
  const opened = signal<Draft>({ saved: data, metadata: envelope.metadata, etag, document: data, states, warnings });
  drafts.set(key, opened);
  return opened;
}

export function change(draft: Signal<Draft>, document: FunctionDocument): void {
  const entry = entryOf(document);
  // Another language is another name for the entry.
  if (entry !== entryOf(draft.value.document)) draft.value.states.delete(entry);
  draft.value = { ...draft.value, document };
}

/** Read a function again that has no changes: one that keeps failing is disabled by the API. */
export async function refresh(draft: Signal<Draft>): Promise<void> {
  const { data, etag } = await answer<FunctionDocument>('GET', `functions/${encodeURIComponent(draft.value.saved.id)}`);
  if (isChanged(draft.value) || etag === draft.value.etag) return;
  draft.value = { ...draft.value, saved: data, etag, document: data, states: statesOf(draft.value, data) };
}

/** Go on from the function as another one saved it; `document` is what is typed then. */
export function rebase(draft: Signal<Draft>, { theirs, metadata, etag }: ConflictError, document: FunctionDocument): void {
  draft.value = { ...draft.value, saved: theirs, metadata, etag, document, states: statesOf(draft.value, document) };
}

/** Save what was changed. What is typed meanwhile stays. */
export async function save(draft: Signal<Draft>): Promise<void> {
  const { saved, etag, document } = draft.value;
  const path = `functions/${encodeURIComponent(saved.id)}`;
  const headers = etag === null ? {} : { 'if-match': etag };
  try {
    const written = await answer<FunctionDocument>('PATCH', path, { data: patchOf(saved, document), headers });
    const later = draft.value.document;
    const warnings = written.data._read_only?.warnings ?? [];
    draft.value = {
      ...draft.value,
      saved: written.data,
      metadata: written.envelope.metadata,
      etag: written.etag,
      document: later === document ? written.data : later,
      warnings,
    };
  } catch (error) {
    if (!(error instanceof ApiError && CONFLICTS.includes(error.status))) throw error;
    const now = await answer<FunctionDocument>('GET', path);
    if (now.etag === etag) throw error; // refused for another reason
    throw new ConflictError(now.data, now.envelope.metadata, now.etag);
  }
}

/** Forget a draft: its function is gone. */
export function forgetDraft(id: string): void {
  drafts.delete(keyOf(id));
}

// Of the files that a document has with the same text.
function statesOf(before: Draft | undefined, document: FunctionDocument): Map<string, EditorState> {
  const sources = sourcesOf(document);
  return new Map([...(before?.states ?? [])].filter(([name, { doc }]) => doc.toString() === sources.get(name)));
}

function keyOf(id: string): string {
  return `${account.value?.id} ${id}`;
}
