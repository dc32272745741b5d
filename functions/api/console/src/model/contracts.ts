// Why an alias that enforces the contract of its function stays where it is.

import { ApiError } from '../api';
import type { PlayedCall } from './calls';

export interface SchemaBreak {
  readonly of: 'input' | 'result';
  /** A JSON Pointer, in which `*` is each item, or each other property. */
  readonly path: string;
  readonly what: string;
  readonly version: string;
  readonly before: string;
}

export interface Broken {
  /** Those that failed. */
  readonly calls: readonly PlayedCall[];
  readonly schemas: readonly SchemaBreak[];
}

/** The characters of a reason to move it all the same. */
export const REASON_CHARACTERS = 1024;

/** Return what a refusal says of the contract; null where it is about something else. */
export function brokenIn(error: unknown): Broken | null {
  const data = error instanceof ApiError && error.status === 409 ? (error.data as Partial<Broken> | null) : null;
  return data?.calls && data.schemas ? { calls: data.calls, schemas: data.schemas } : null;
}
