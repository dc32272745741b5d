// What `call` has, by the schema of the function's input.

import { StateEffect, StateField } from '@codemirror/state';

import type { Member } from './declarations';

type Schema = Readonly<Record<string, unknown>>;

const DEFINITION = '#/$defs/';
const CHOICES = 5;

/** Says what the schema of the input is; anything that is no object is none. */
export const setInputSchema = StateEffect.define<unknown>();

export const inputSchema = StateField.define<unknown>({
  create: () => null,
  update: (before, { effects }) => effects.reduce((now, effect) => (effect.is(setInputSchema) ? effect.value : now), before),
});

/** Return the members at a path that begins with `call`, or null where the schema does not say. */
export function callMembersAt(schema: unknown, path: readonly string[]): readonly Member[] | null {
  let at = resolved(schema, schema);
  for (const name of path.slice(1)) at = resolved(schema, propertiesOf(at)?.[name]);
  const properties = propertiesOf(at);
  return properties && Object.entries(properties).map(([name, inner]) => memberOf(name, resolved(schema, inner)));
}

function memberOf(name: string, schema: unknown): Member {
  const about = isSchema(schema) && typeof schema['description'] === 'string' ? schema['description'] : '';
  return { name, kind: 'property', detail: typeOf(schema), about, isStatic: false };
}

function typeOf(schema: unknown): string {
  if (!isSchema(schema)) return 'unknown';
  const values = 'const' in schema ? [schema['const']] : schema['enum'];
  if (Array.isArray(values) && values.length <= CHOICES) return values.map((value) => JSON.stringify(value)).join(' | ');
  const types: unknown[] = Array.isArray(schema['type']) ? schema['type'] : [schema['type'] ?? 'unknown'];
  return types.map((type) => (type === 'integer' ? 'number' : String(type))).join(' | ');
}

function propertiesOf(schema: unknown): Schema | null {
  return isSchema(schema) && isSchema(schema['properties']) ? schema['properties'] : null;
}

function resolved(root: unknown, schema: unknown): unknown {
  if (!isSchema(schema) || typeof schema['$ref'] !== 'string' || !isSchema(root)) return schema;
  const definitions = root['$defs'];
  return isSchema(definitions) ? definitions[schema['$ref'].slice(DEFINITION.length)] : null;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
