// What happened to an execution, in its order, as far as its record tells.

/** A request to another host, in the order in which it ended. */
export interface Fetch {
  method: string;
  host: string;
  status: number | null;
  error: string | null;
  sent_bytes: number;
  received_bytes: number;
  ms: number;
}

/** What the timeline reads of a record; times are Unix milliseconds. */
export interface Recorded {
  status: string;
  outcome: string | null;
  asynchronous: boolean;
  attempts: number;
  created_ms: number;
  ended_ms: number | null;
  usage: { wall_ms: number } | null;
  callback: { url: string; status: string; attempts: number; reason?: string } | null;
  fetches: readonly Fetch[];
}

/** `at_ms` is null where the record has no time for it; `took_ms` where there is no duration. */
export interface Step {
  name: string;
  tone: 'plain' | 'good' | 'bad' | 'waiting';
  at_ms: number | null;
  took_ms: number | null;
  note: string;
}

export function timelineOf(record: Recorded): Step[] {
  const steps = [step(record.asynchronous ? 'Queued' : 'Asked for', { at_ms: record.created_ms })];
  const began = beganAt(record);
  const before = record.attempts - (began === null ? 0 : 1);
  if (before > 0) {
    steps.push(step(before === 1 ? 'One attempt failed' : `${before} attempts failed`, { tone: 'bad', note: 'Attempted again' }));
  }
  if (began !== null) {
    const name = record.attempts > 1 ? `Attempt ${record.attempts} began` : 'Began';
    steps.push(step(name, { at_ms: began, took_ms: record.usage!.wall_ms }));
  }
  steps.push(...record.fetches.map(fetched), ended(record), ...calledBack(record.callback));
  return steps;
}

// The record has the end of the latest attempt, and how long it took.
function beganAt(record: Recorded): number | null {
  const { ended_ms, usage, created_ms } = record;
  return ended_ms === null || usage === null ? null : Math.max(created_ms, ended_ms - usage.wall_ms);
}

function fetched(fetch: Fetch): Step {
  const failed = fetch.error !== null || (fetch.status ?? 500) >= 500;
  const note = `${fetch.error ?? fetch.status}, ${fetch.sent_bytes} bytes sent, ${fetch.received_bytes} received`;
  return step(`${fetch.method} ${fetch.host}`, { tone: failed ? 'bad' : 'plain', took_ms: fetch.ms, note });
}

function ended(record: Recorded): Step {
  if (record.ended_ms === null) {
    const name = record.status === 'running' ? 'Running' : 'Waiting';
    return step(name, { tone: 'waiting', note: 'It has not ended.' });
  }
  const good = record.outcome === 'ok';
  return step('Ended', { at_ms: record.ended_ms, tone: good ? 'good' : 'bad', note: record.outcome ?? record.status });
}

function calledBack(callback: Recorded['callback']): Step[] {
  if (callback === null) return [];
  const tone = callback.status === 'delivered' ? 'good' : callback.status === 'failed' ? 'bad' : 'waiting';
  const times = callback.attempts === 1 ? '1 attempt' : `${callback.attempts} attempts`;
  const note = [callback.status, times, callback.reason].filter(Boolean).join(', ');
  return [step(`Callback to ${callback.url}`, { tone, note })];
}

function step(name: string, more: Partial<Step>): Step {
  return { name, tone: 'plain', at_ms: null, took_ms: null, note: '', ...more };
}
