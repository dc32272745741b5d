// A function's document as the API has it, and what the editor makes of it.

export interface Limits {
  readonly wall_time_ms?: number;
  readonly memory_mb?: number;
}

export interface Warning {
  readonly field: string;
  readonly code: string;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

export interface ReadOnly {
  readonly created?: number;
  readonly modified?: number;
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
  readonly record?: 'all' | 'failures' | 'none';
  readonly attempts?: number;
  readonly isolation?: 'version' | 'fresh';
  readonly _read_only?: ReadOnly;
}

/** What holds where a document says nothing. */
export const DEFAULTS = { wall_time_ms: 5_000, memory_mb: 64, record: 'failures', attempts: 3, isolation: 'version' } as const;

/** The name that errors and warnings have for `function_js`. */
export function entryOf({ language_pack }: Pick<FunctionDocument, 'language_pack'>): string {
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

/** Return what is wrong with a name for a file, or an empty text. */
export function faultOfFileName(document: FunctionDocument, name: string): string {
  if (!/^[^/\\\s][^\\\s]*\.(js|mjs|ts|mts|json)$/.test(name) || name.includes('..')) {
    return 'A name is like lib/total.ts; it ends in .js, .mjs, .ts, .mts or .json.';
  }
  return sourcesOf(document).has(name) ? 'There is a file of that name.' : '';
}

type Json = unknown;

/** Return the keys in which two documents differ, without those that only the API writes. */
export function changedKeys(before: FunctionDocument, after: FunctionDocument): string[] {
  const [left, right] = [written(before), written(after)];
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].filter((key) => !isEqual(left[key], right[key])).sort();
}

/** Return what PATCH makes of `before` to have it like `after`: null removes a key, objects are merged. */
export function patchOf(before: FunctionDocument, after: FunctionDocument): Record<string, Json> {
  return merged(written(before), written(after));
}

function merged(before: Record<string, Json>, after: Record<string, Json>): Record<string, Json> {
  const patch: Record<string, Json> = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [left, right] = [before[key], after[key]];
    if (isEqual(left, right)) continue;
    if (right === undefined) patch[key] = null;
    else patch[key] = isObject(left) && isObject(right) ? merged(left, right) : right;
  }
  return patch;
}

function written(document: FunctionDocument): Record<string, Json> {
  const { id: _, _read_only: __, ...rest } = document;
  return rest;
}

function isEqual(left: Json, right: Json): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object') return false;
  return JSON.stringify(left) === JSON.stringify(right);
}

function isObject(value: Json): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A function as a list has it. */
export interface FunctionSummary {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly disable_reason?: string | null;
}
