// The live tail: entries behind a cursor, asked for again and again, in a list that never grows beyond a bound.

import { signal } from '@preact/signals';

import { ApiError, get } from '../api';
import { expired } from '../session';
import type { LogEntry } from './executions';

/** The oldest entries go when there are more. */
export const ENTRIES = 200;

const WAIT_S = 20;
const FIRST_PAGE = 20;
const PAUSE_MS = 2_000;

interface Batch {
  readonly entries: readonly LogEntry[];
  readonly cursor: string;
}

export interface Query {
  readonly function_id?: string | undefined;
  readonly failed?: boolean | undefined;
}

/** One tail; `run` goes on until its signal is aborted. */
export class Tail {
  readonly entries = signal<readonly LogEntry[]>([]);
  /** Why the latest request failed; the next one comes all the same, unless the key is refused. */
  readonly error = signal<unknown>(null);
  readonly left = signal(0);
  private cursor: string | undefined;

  constructor(private readonly query: Query) {}

  async run(aborted: AbortSignal): Promise<void> {
    while (!aborted.aborted && !expired.value) {
      try {
        await this.next(aborted);
        this.error.value = null;
      } catch (error) {
        if (aborted.aborted) return;
        this.error.value = error;
        if (error instanceof ApiError && error.status < 500 && error.status !== 429) return;
        await pause(PAUSE_MS, aborted);
      }
    }
  }

  clear(): void {
    this.entries.value = [];
    this.left.value = 0;
  }

  private async next(aborted: AbortSignal): Promise<void> {
    const after = this.cursor;
    const asked = after === undefined ? { page_size: FIRST_PAGE } : { after, wait_s: WAIT_S, page_size: 100 };
    const { entries, cursor } = await get<Batch>('logs', { ...this.query, failed: this.query.failed || undefined, ...asked }, aborted);
    this.cursor = cursor;
    const all = [...this.entries.value, ...entries];
    this.left.value += Math.max(0, all.length - ENTRIES);
    if (entries.length) this.entries.value = all.slice(-ENTRIES);
  }
}

function pause(ms: number, aborted: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    aborted.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
