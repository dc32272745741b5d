// A function's document as the API has it, and what the editor makes of it.

export interface Limits {
  readonly wall_time_ms?: number;
  readonly memory_mb?: number;
}

/** What a language model reads of the function, to call it. */
export interface Tool {
  readonly description: string;
  readonly name?: string;
  readonly approval?: boolean;
  readonly annotations?: unknown;
}

export interface Warning {
  readonly field: string;
  readonly code: string;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

export interface ReadOnly {
  readonly disable_reason?: string | null;
  readonly disabled?: readonly { readonly version: string; readonly reason: string; readonly retry_at: number }[];
  readonly warnings?: readonly Warning[];
}

export interface FunctionDocument {
  readonly id: string;
  readonly name: string;
  readonly function_js: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly language_pack?: 'javascript' | 'typescript';
  readonly enabled: boolean;
  readonly limits?: Limits;
  readonly net?: { readonly allow: readonly string[] };
  readonly secrets?: readonly string[];
  readonly kv?: readonly string[];
  readonly record?: 'all' | 'failures' | 'replayable' | 'none';
  readonly attempts?: number;
  readonly isolation?: 'version' | 'fresh';
  readonly features?: readonly string[];
  readonly input_schema?: unknown;
  readonly tool?: unknown;
  readonly _read_only?: ReadOnly;
}

/** What V8 has that a function gets only if it asks for it. */
export const FEATURES = ['webassembly', 'shared_array_buffer', 'weak_references'] as const;

/** What holds where a document says nothing. */
export const DEFAULTS = { wall_time_ms: 5_000, memory_mb: 64, record: 'failures', attempts: 3, isolation: 'version' } as const;

const ENTRIES = ['function.js', 'function.ts'] as const;

/** The name that errors and warnings have for `function_js`. */
export function entryOf({ language_pack }: Pick<FunctionDocument, 'language_pack'>): (typeof ENTRIES)[number] {
  return language_pack === 'typescript' ? 'function.ts' : 'function.js';
}

/** Return all sources by the names of their files, the entry first. */
export function sourcesOf(document: FunctionDocument): ReadonlyMap<string, string> {
  return new Map([[entryOf(document), document.function_js], ...Object.entries(document.files ?? {}).sort()]);
}

export function withSource(document: FunctionDocument, file: string, text: string): FunctionDocument {
  if (file === entryOf(document)) return { ...document, function_js: text };
  return { ...document, files: { ...document.files, [file]: text } };
}

export function withoutFile(document: FunctionDocument, file: string): FunctionDocument {
  const { [file]: _, ...files } = document.files ?? {};
  if (Object.keys(files).length > 0) return { ...document, files };
  const { files: __, ...rest } = document;
  return rest;
}

/** Return the file that a field of the document is, such as `files.lib/total.ts`; null for any other field. */
export function fileOfField(document: FunctionDocument, field: string): string | null {
  if (field === 'function_js') return entryOf(document);
  // A dot in a key is written so in a field.
  return field.startsWith('files.') ? field.slice('files.'.length).replaceAll('%2E', '.') : null;
}

const PART = '[A-Za-z0-9_$@+-][A-Za-z0-9._$@+-]*';
const FILE_NAME = new RegExp(`^(?:${PART}/)*${PART}\\.(?:js|mjs|ts|mts|json)$`);
const FILE_NAME_CHARACTERS = 128;

/** Return what is wrong with a name for a file, or an empty text. */
export function faultOfFileName(document: FunctionDocument, name: string): string {
  if (!FILE_NAME.test(name) || name.length > FILE_NAME_CHARACTERS) {
    return 'A name is like lib/total.ts: letters, digits and . _ - $ @ +, and .js, .mjs, .ts, .mts or .json at the end.';
  }
  return sourcesOf(document).has(name) || (ENTRIES as readonly string[]).includes(name) ? 'There is a file of that name.' : '';
}

/** Return what a document says of its tool; null where it is none. */
export function toolOf({ tool }: Pick<FunctionDocument, 'tool'>): Tool | null {
  // An old document may hold anything there.
  return isTree(tool) && typeof tool['description'] === 'string' ? (tool as unknown as Tool) : null;
}

const TOOL_NAME_CHARACTERS = 64;

/** Return what a tool is called that says no name: as its function, made fit. */
export function toolNameOf({ id, name }: Pick<FunctionDocument, 'id' | 'name'>): string {
  const fit = name.replaceAll(/[^A-Za-z0-9_-]+/g, '_').replaceAll(/^_+|_+$/g, '');
  return fit.slice(0, TOOL_NAME_CHARACTERS) || `function_${id}`;
}

type Json = unknown;
type Tree = Readonly<Record<string, Json>>;

/** A key in which two documents differ, in objects the keys below it. */
export interface Difference {
  readonly path: readonly string[];
  readonly before: Json;
  readonly after: Json;
}

/** Return where two documents differ, without what only the API writes. */
export function differences(before: FunctionDocument, after: FunctionDocument): readonly Difference[] {
  return [...differing(written(before), written(after), [])];
}

/** Return what PATCH makes of `before` to have it like `after`: null removes a key, objects are merged. */
export function patchOf(before: FunctionDocument, after: FunctionDocument): Tree {
  return differences(before, after).reduce((patch, { path, after: value }) => set(patch, path, value ?? null), {} as Tree);
}

/** Return `document` with what `after` changed in `before`; of a key that both changed, what `after` has. */
export function merged(document: FunctionDocument, before: FunctionDocument, after: FunctionDocument): FunctionDocument {
  const changes = differences(before, after);
  return changes.reduce((tree, { path, after: value }) => set(tree, path, value), document as unknown as Tree) as never;
}

function* differing(before: Tree, after: Tree, above: readonly string[]): Generator<Difference> {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  for (const key of [...keys].sort()) {
    const [left, right, path] = [before[key], after[key], [...above, key]];
    if (isEqual(left, right)) continue;
    if (isTree(left) && isTree(right)) yield* differing(left, right, path);
    else yield { path, before: left, after: right };
  }
}

// Undefined takes a key away.
function set(tree: Tree, [key = '', ...rest]: readonly string[], value: Json): Tree {
  const { [key]: old, ...others } = tree;
  const below = rest.length === 0 ? value : set(isTree(old) ? old : {}, rest, value);
  return below === undefined ? others : { ...others, [key]: below };
}

function written(document: FunctionDocument): Tree {
  const { id: _, _read_only: __, ...rest } = document;
  return rest;
}

function isEqual(left: Json, right: Json): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object') return false;
  return JSON.stringify(left) === JSON.stringify(right);
}

function isTree(value: Json): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A function as a list has it. */
export interface FunctionSummary {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly disable_reason?: string | null;
}
