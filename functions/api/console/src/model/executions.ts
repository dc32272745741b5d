// Executions as the API has them: in a list, behind a cursor of `/logs`, and whole.

import type { Fetch } from './timeline';

export const STATUSES = ['queued', 'running', 'succeeded', 'failed'] as const;
export const OUTCOMES = [
  'ok',
  'exception',
  'exceeded_wall_time',
  'exceeded_memory',
  'exceeded_result',
  'invalid_result',
  'internal_error',
] as const;

export interface Usage {
  readonly wall_ms: number;
  readonly cpu_ms: number;
  readonly memory_mb: number;
  readonly cold: boolean;
  readonly fetches: number;
}

export interface LogLine {
  readonly level: string;
  readonly text: string;
  readonly at_ms: number;
}

export interface ExecutionFailure {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly line?: number | null;
  readonly column?: number | null;
  readonly file?: string | null;
  readonly exceeded?: { readonly limit: string; readonly value: number; readonly used: number | null } | null;
}

export interface ExecutionSummary {
  readonly execution_id: string;
  readonly function_id: string;
  readonly version: string;
  readonly qualifier: string;
  readonly trigger: string;
  readonly trigger_id: string | null;
  readonly event_id: string | null;
  readonly request_id: string;
  readonly asynchronous: boolean;
  readonly status: (typeof STATUSES)[number];
  readonly outcome: (typeof OUTCOMES)[number] | null;
  readonly error: ExecutionFailure | null;
  readonly attempts: number;
  readonly usage: Usage | null;
  readonly callback: { url: string; status: string; attempts: number; reason?: string } | null;
  readonly created_ms: number;
  readonly ended_ms: number | null;
}

/** An entry of `/logs`. */
export interface LogEntry extends ExecutionSummary {
  readonly logs: readonly LogLine[];
  readonly fetches: readonly Fetch[];
}

export interface WholeExecution extends LogEntry {
  readonly input?: unknown;
  readonly result?: unknown;
}

/** Return an outcome, or where an execution stands that has none, in words. */
export function outcomeText({ status, outcome }: Pick<ExecutionSummary, 'status' | 'outcome'>): string {
  if (status === 'queued' || status === 'running') return outcome && outcome !== 'ok' ? `${status} again` : status;
  return (outcome ?? status).replaceAll('_', ' ');
}

export function toneOf({ status, outcome }: Pick<ExecutionSummary, 'status' | 'outcome'>): 'good' | 'bad' | 'waiting' {
  if (status === 'queued' || status === 'running') return 'waiting';
  return outcome === 'ok' || (outcome === null && status === 'succeeded') ? 'good' : 'bad';
}

/** Return the file in which an error was thrown, as the editor names it; null where the error has no line. */
export function placeOf(error: ExecutionFailure | null): { file: string | null; line: number; column: number } | null {
  if (!error?.line) return null;
  return { file: error.file ?? null, line: error.line, column: error.column ?? 1 };
}

