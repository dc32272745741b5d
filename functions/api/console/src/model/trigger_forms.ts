// What is asked to make or to change a trigger of each type; keys that no field asks for are edited as JSON.

import type { Trigger } from './sample_event';

export type Values = Readonly<Record<string, string>>;

export interface Field {
  /** A key of the document, with a dot before one of an object in it. */
  readonly key: string;
  readonly label: string;
  readonly kind: 'text' | 'number' | 'json' | 'choice' | 'zone' | 'secret' | 'schedule';
  readonly choices?: readonly string[];
  readonly required?: boolean;
  /** Whether a change must leave it as it is. */
  readonly fixed?: boolean;
  readonly initial?: string;
  readonly note?: string;
  /** Another field and the value that it has where this one is asked for. */
  readonly when?: readonly [key: string, value: string];
}

const SIGNATURES = ['plain', 'github', 'stripe', 'twilio', 'vonage', 'slack', 'token'];
const SECRET: Field = { key: 'secret', label: 'Secret', kind: 'secret', note: 'It is never shown again. Without one Isolambda makes one, and shows it.' };
const BATCH: Field = { key: 'batch_size', label: 'Messages or records at once (optional)', kind: 'number' };

export const TYPES: Readonly<Record<string, { readonly about: string; readonly fields: readonly Field[] }>> = {
  schedule: {
    about: 'Runs by the clock.',
    fields: [
      { key: 'schedule', label: 'Schedule', kind: 'schedule', initial: 'cron(0 9 ? * MON-FRI *)' },
      { key: 'timezone', label: 'Time zone', kind: 'zone', initial: 'here' },
      { key: 'input', label: 'Input (optional)', kind: 'json', note: 'What the function gets as call.input.' },
    ],
  },
  webhook: {
    about: 'Runs for each signed delivery to a URL of its own, later and once.',
    fields: [
      { key: 'signature', label: 'How deliveries are signed', kind: 'choice', choices: SIGNATURES, initial: 'plain', note: 'plain is Standard Webhooks.' },
      SECRET,
    ],
  },
  http: {
    about: 'Answers requests at a path of its own, at once.',
    fields: [
      { key: 'path', label: 'Path', kind: 'text', fixed: true, note: 'a to z, 0 to 9 and -; no other trigger of the account has it.' },
      { key: 'host', label: 'Or a host', kind: 'text', fixed: true, note: 'In place of a path: one that the operator allows the account.' },
      { key: 'auth.type', label: 'Who may come in', kind: 'choice', choices: ['key', 'none', 'jwt', 'signature'], initial: 'key', note: 'key: who has a key that may execute. none: all.' },
      { key: 'auth.issuer', label: 'Issuer', kind: 'text', required: true, when: ['auth.type', 'jwt'] },
      { key: 'auth.audience', label: 'Audience', kind: 'text', required: true, when: ['auth.type', 'jwt'] },
      { key: 'auth.jwks_url', label: 'URL of the key set', kind: 'text', required: true, when: ['auth.type', 'jwt'] },
      { key: 'auth.signature', label: 'How requests are signed', kind: 'choice', choices: SIGNATURES, initial: 'plain', when: ['auth.type', 'signature'] },
      { ...SECRET, when: ['auth.type', 'signature'] },
    ],
  },
  event: {
    about: 'Runs for events that the account publishes.',
    fields: [
      { key: 'pattern', label: 'Pattern', kind: 'json', required: true, initial: '{\n  "source": ["shop"]\n}', note: 'An event pattern of EventBridge.' },
    ],
  },
  queue: {
    about: 'Runs for each message of a queue.',
    fields: [
      { key: 'queue_arn', label: 'ARN of a queue in SQS (optional)', kind: 'text', fixed: true, note: 'Without one a queue is made for it.' },
      BATCH,
    ],
  },
  bucket: {
    about: 'Runs for objects that come or go in a bucket.',
    fields: [
      { key: 'bucket', label: 'Bucket', kind: 'text', required: true },
      { key: 'prefix', label: 'Keys begin with (optional)', kind: 'text' },
      { key: 'suffix', label: 'Keys end with (optional)', kind: 'text' },
    ],
  },
  stream: {
    about: 'Runs for changes of a DynamoDB table, or records of a Kinesis stream, in order.',
    fields: [
      { key: 'stream_arn', label: 'ARN of the stream', kind: 'text', required: true, fixed: true },
      { key: 'starting_position', label: 'Begins', kind: 'choice', choices: ['LATEST', 'TRIM_HORIZON'], initial: 'LATEST' },
      BATCH,
    ],
  },
  topic: {
    about: 'Runs for messages of an SNS topic.',
    fields: [{ key: 'topic_arn', label: 'ARN of the topic', kind: 'text', required: true, fixed: true }],
  },
};

export const QUALIFIER: Field = { key: 'qualifier', label: 'Version or alias', kind: 'text', initial: '$LATEST', note: '$LATEST is the draft.' };
const NAME: Field = { key: 'name', label: 'Name', kind: 'text', required: true };

export function fieldsOf(type: string): readonly Field[] {
  return [NAME, ...(TYPES[type]?.fields ?? []), QUALIFIER];
}

export function isAsked(field: Field, values: Values): boolean {
  return !field.when || values[field.when[0]] === field.when[1];
}

/** Return what the fields hold at first; `zone` is that of the browser. */
export function initialValues(type: string, zone: string): Values {
  const pairs = fieldsOf(type).map(({ key, initial = '' }) => [key, initial === 'here' ? zone : initial]);
  return Object.fromEntries(pairs);
}

/** Return what the fields hold for a trigger, and all of its other keys as JSON. */
export function valuesOf(trigger: Trigger): { values: Values; more: string } {
  const fields = fieldsOf(trigger.type);
  const values = fields.map((field) => [field.key, textOf(field, at(trigger, field.key))]);
  const asked = new Set(fields.map(({ key }) => key.split('.')[0]!));
  const others = Object.entries(trigger).filter(([key]) => !asked.has(key) && !KEPT.includes(key));
  return { values: Object.fromEntries(values), more: others.length ? JSON.stringify(Object.fromEntries(others), null, 2) : '' };
}

const KEPT = ['id', 'type', 'enabled', '_read_only'];

/** Return the document that the fields and the other keys make; empty fields are left out. */
export function documentOf(type: string, values: Values, more: string): Record<string, unknown> {
  const document: Record<string, unknown> = { type, ...objectOf(more) };
  for (const field of fieldsOf(type)) {
    const text = values[field.key] ?? '';
    if (text.trim() === '' || !isAsked(field, values)) continue;
    const [key, below] = field.key.split('.') as [string, string?];
    if (below === undefined) document[key] = valueOf(field, text);
    else document[key] = { ...(document[key] as object | undefined), [below]: valueOf(field, text) };
  }
  return document;
}

function at(trigger: Trigger, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], trigger);
}

function textOf(field: Field, value: unknown): string {
  if (value === undefined || value === null) return '';
  return field.kind === 'json' ? JSON.stringify(value, null, 2) : String(value);
}

function valueOf(field: Field, text: string): unknown {
  if (field.kind === 'number') return Number(text);
  return field.kind === 'json' ? parsed(field.label, text) : text;
}

function objectOf(more: string): object {
  const value = more.trim() === '' ? {} : parsed('Other keys', more);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('Other keys: an object of JSON is expected.');
  return value;
}

function parsed(label: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${label}: this is no JSON. ${error instanceof Error ? error.message : ''}`.trim());
  }
}
