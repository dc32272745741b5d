// What a trigger of each type would hand to its function, as a sample to change and to send.

export interface Trigger {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly enabled: boolean;
  readonly qualifier: string;
  readonly [key: string]: unknown;
  readonly _read_only?: {
    readonly next_runs?: readonly string[];
    readonly url?: string;
    readonly secret?: string;
    readonly disable_reason?: string;
    readonly queue_arn?: string;
    readonly queue_url?: string;
    readonly folder?: string;
  };
}

/** Return a sample as JSON: an event to publish, a message, a body, or the `call` of the function itself. */
export function sampleOf(trigger: Trigger): unknown {
  const now = new Date().toISOString().replace(/\.\d+/, '');
  switch (trigger.type) {
    case 'schedule':
      return { scheduled_at: now, input: trigger['input'] ?? null };
    case 'event':
      return eventOf(trigger['pattern']);
    case 'queue':
      return { body: 'hello' };
    case 'webhook':
      return { order: 1 };
    case 'http':
      return null;
    case 'bucket':
      return { event: 'created', bucket: trigger['bucket'], key: `${trigger['prefix'] ?? ''}file${trigger['suffix'] ?? ''}`, size: 5, time: now };
    case 'topic':
      return { message_id: '1', topic_arn: trigger['topic_arn'], subject: null, message: 'hello', attributes: {}, time: now };
    default:
      return { event: 'insert', keys: { id: '1' }, new: { id: '1' }, old: null, sequence_number: '1', time: now };
  }
}

/** Return an event that the pattern most likely matches; what it excludes is left to the reader. */
function eventOf(pattern: unknown): unknown {
  const { source, 'detail-type': type, detail } = object(pattern);
  return {
    source: String(matching(source) ?? 'test'),
    'detail-type': String(matching(type) ?? 'test'),
    detail: detail === undefined ? {} : matching(detail),
  };
}

function matching(pattern: unknown): unknown {
  if (Array.isArray(pattern)) return ofRule(pattern[0]);
  if (pattern === undefined) return undefined;
  const keys = Object.entries(object(pattern)).filter(([key]) => !key.startsWith('$'));
  return Object.fromEntries(keys.map(([key, below]) => [key, matching(below)]));
}

function ofRule(rule: unknown): unknown {
  if (typeof rule !== 'object' || rule === null) return rule;
  const { prefix, suffix, numeric, exists, wildcard, 'equals-ignore-case': word } = object(rule);
  if (Array.isArray(numeric)) return numberOf(String(numeric[0]), Number(numeric[1]));
  if (exists !== undefined) return 'anything';
  return prefix ?? suffix ?? word ?? (typeof wildcard === 'string' ? wildcard.replaceAll('*', 'a') : 'other');
}

function numberOf(sign: string, bound: number): number {
  return sign === '>' ? bound + 1 : sign === '<' ? bound - 1 : bound;
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Return what a trigger listens to, in short. */
export function sourceOf(trigger: Trigger): string {
  switch (trigger.type) {
    case 'schedule':
      return String(trigger['schedule'] ?? `repeats ${JSON.stringify(trigger['repeat'])}`);
    case 'event':
      return JSON.stringify(trigger['pattern']);
    case 'queue':
      return String(trigger['queue_arn'] ?? 'a queue of its own');
    case 'bucket':
      return `${trigger['bucket']}/${trigger['prefix'] ?? ''}*${trigger['suffix'] ?? ''}`;
    default:
      return String(trigger._read_only?.url ?? trigger['stream_arn'] ?? trigger['topic_arn'] ?? '');
  }
}
