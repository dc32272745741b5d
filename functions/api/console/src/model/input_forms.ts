// What a form for an input has, by the schema of the function: fields for single values, choices and lists of single values.

type Scalar = 'string' | 'number' | 'boolean';

export interface InputField {
  readonly name: string;
  readonly label: string;
  readonly note: string;
  readonly required: boolean;
  readonly kind: 'value' | 'choice' | 'list';
  /** Of the value, or of each in a list. */
  readonly type: Scalar;
  readonly choices: readonly unknown[];
}

export type InputObject = Readonly<Record<string, unknown>>;

type Schema = Readonly<Record<string, unknown>>;

const FIELDS = 30;
const DEFINITION = '#/$defs/';
const TYPES: Readonly<Record<string, Scalar>> = { string: 'string', number: 'number', integer: 'number', boolean: 'boolean' };
const KNOWN = new Set(['string', 'number', 'integer', 'boolean', 'null']);
// A number of so many digits is another one after it was read here.
const MANY_DIGITS = /\d{16}/;

/** Return the fields for what a schema accepts, or null where a form cannot have all of it. */
export function fieldsOf(schema: unknown): readonly InputField[] | null {
  if (!isSchema(schema) || schema['type'] !== 'object' || !isSchema(schema['properties'])) return null;
  const names = Object.keys(schema['properties']);
  if (names.length === 0 || names.length > FIELDS) return null;
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
  const fields = names.map((name) => fieldOf(name, resolved(schema, (schema['properties'] as Schema)[name]), required.has(name), schema));
  return fields.every((field) => field !== null) ? fields : null;
}

/** Return the object that is typed, or null where a form would change more of it than a field. */
export function objectIn(text: string): InputObject | null {
  if (MANY_DIGITS.test(text)) return null;
  try {
    const value: unknown = JSON.parse(text.trim() || '{}');
    return isSchema(value) ? value : null;
  } catch {
    return null;
  }
}

/** Return the text of an input with another value of a field; undefined takes it away. */
export function textWith(input: InputObject, name: string, value: unknown): string {
  const entries = Object.entries(input).filter(([key]) => key !== name);
  const at = Object.keys(input).indexOf(name);
  if (value !== undefined) entries.splice(at < 0 ? entries.length : at, 0, [name, value]);
  return JSON.stringify(Object.fromEntries(entries), null, 2);
}

/** Return the value that is typed into a field; undefined for none. */
export function valueOf(field: InputField, typed: string): unknown {
  if (field.kind === 'list') {
    const lines = typed.split('\n').filter((line) => line !== '');
    return lines.length > 0 || field.required ? lines.map((line) => scalarOf(field.type, line)) : undefined;
  }
  return typed === '' && !(field.type === 'string' && field.required) ? undefined : scalarOf(field.type, typed);
}

/** Return a value as a field shows it. */
export function shownOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return Array.isArray(value) ? value.map(shownOf).join('\n') : typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function fieldOf(name: string, schema: unknown, required: boolean, root: Schema): InputField | null {
  if (!isSchema(schema)) return null;
  const label = textOf(schema['title']) || name;
  const common = { name, label, note: textOf(schema['description']), required, choices: [] };
  const choices = 'const' in schema ? [schema['const']] : schema['enum'];
  if (Array.isArray(choices)) return { ...common, kind: 'choice', type: 'string', choices };
  const type = scalarIn(schema);
  if (type === 'boolean') return { ...common, kind: 'choice', type, choices: [true, false] };
  if (type) return { ...common, kind: 'value', type };
  if (schema['type'] !== 'array' || 'prefixItems' in schema) return null;
  const items = resolved(root, schema['items']);
  const of = isSchema(items) && !('enum' in items) && !('const' in items) ? scalarIn(items) : null;
  return of ? { ...common, kind: 'list', type: of } : null;
}

function scalarIn(schema: Schema): Scalar | null {
  const types: unknown[] = Array.isArray(schema['type']) ? schema['type'] : [schema['type']];
  if (!types.every((type) => typeof type === 'string' && KNOWN.has(type))) return null;
  const found = new Set(types.flatMap((type) => TYPES[type as string] ?? []));
  return found.size === 1 ? [...found][0]! : null;
}

function scalarOf(type: Scalar, typed: string): unknown {
  if (type === 'boolean') return typed === 'true' ? true : typed === 'false' ? false : typed;
  // What is no number stays as it was typed, for the API to say where it is.
  return type === 'number' && Number.isFinite(Number(typed)) ? Number(typed) : typed;
}

function resolved(root: Schema, schema: unknown): unknown {
  if (!isSchema(schema) || typeof schema['$ref'] !== 'string') return schema;
  const definitions = root['$defs'];
  const name = decodeURIComponent(schema['$ref'].slice(DEFINITION.length)).replaceAll('~1', '/').replaceAll('~0', '~');
  return Object.keys(schema).length === 1 && isSchema(definitions) ? definitions[name] : null;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
