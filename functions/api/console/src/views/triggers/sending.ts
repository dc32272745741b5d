// The way of a test event to a trigger: the one that its events take, where there is one from here.

import { answer, deliver, put } from '../../api';
import type { Trigger } from '../../model/sample_event';
import { SIGNABLE, signed } from '../../model/webhook_signature';
import { account } from '../../session';

export interface Sent {
  readonly text: string;
  /** The execution that came of it, where the answer names it. */
  readonly executionId?: string;
  /** What the function answered itself, and whether that is an error. */
  readonly answer?: string;
  readonly isError?: boolean;
}

const ANSWER_CHARACTERS = 20_000;

/** Say what sending does; a trigger of some types cannot be reached from here. */
export function wayOf(trigger: Trigger): string {
  switch (trigger.type) {
    case 'event':
      return 'It is published for the account, and runs every function whose trigger matches it.';
    case 'webhook':
      return isSignable(trigger)
        ? 'It is signed as its sender would, and delivered to the URL.'
        : `Deliveries signed as ${String(trigger['signature'])} are not made here: the function itself runs with this as its call.`;
    case 'http':
      return 'A request to the URL, with the key of this session where a key is asked for.';
    case 'queue':
      return trigger['queue_arn'] ? DIRECTLY : 'It is sent to the queue.';
    default:
      return DIRECTLY;
  }
}

const DIRECTLY = 'The function itself runs with this as its call, as if the event had come.';

export function isSignable(trigger: Trigger): boolean {
  return trigger.type === 'webhook' && SIGNABLE.includes(String(trigger['signature'] ?? 'plain'));
}

/** Send it; `secret` signs the delivery to a webhook. */
export async function sendTest(functionId: string, trigger: Trigger, text: string, secret: string): Promise<Sent> {
  if (trigger.type === 'http') return request(trigger, text);
  const event: unknown = JSON.parse(text);
  if (trigger.type === 'event') {
    await put('events', { events: [event] });
    return { text: 'The event is published.' };
  }
  const path = `functions/${encodeURIComponent(functionId)}`;
  if (trigger.type === 'queue' && !trigger['queue_arn']) {
    await put(`${path}/triggers/${encodeURIComponent(trigger.id)}/messages`, { messages: [event] });
    return { text: 'The message is sent.' };
  }
  if (isSignable(trigger)) return delivery(functionId, trigger, text, secret);
  const { data } = await answer<{ execution_id: string }>('POST', `${path}/execute`, {
    query: { qualifier: trigger.qualifier },
    data: event,
    headers: { prefer: 'respond-async' },
  });
  return { text: 'The function runs.', executionId: data.execution_id };
}

async function delivery(functionId: string, trigger: Trigger, body: string, secret: string): Promise<Sent> {
  const headers = await signed(String(trigger['signature'] ?? 'plain'), secret, body);
  const path = ['webhooks', account.value?.id ?? '', functionId, trigger.id].map(encodeURIComponent).join('/');
  const response = await deliver(path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
  const answered = (await response.json().catch(() => null)) as { data?: { execution_id?: string; message?: string } } | null;
  const data = answered?.data ?? {};
  if (!response.ok) throw new Error(`The delivery was refused (${response.status}): ${data.message ?? 'without a reason'}.`);
  return { text: 'The delivery is accepted.', ...(data.execution_id && { executionId: data.execution_id }) };
}

// The first line is the method and what follows the path, the rest is the body.
async function request(trigger: Trigger, text: string): Promise<Sent> {
  const [head = '', ...lines] = text.split('\n');
  const [method = 'GET', below = ''] = head.trim().split(/\s+/, 2);
  if (typeof trigger['host'] === 'string') throw new Error(`Ask it at https://${trigger['host']}/: this page is at another host.`);
  const path = ['http', account.value?.id ?? '', String(trigger['path'])].map(encodeURIComponent).join('/');
  const body = lines.join('\n').trim();
  const withKey = (trigger['auth'] as { type?: string } | undefined)?.type === 'key';
  const response = await deliver(`${path}${below}`, { method: method.toUpperCase(), headers: {}, body: body || null, withKey });
  const answered = (await response.text()).slice(0, ANSWER_CHARACTERS);
  return { text: `The function answered ${response.status}.`, answer: answered, isError: response.status >= 400 };
}
