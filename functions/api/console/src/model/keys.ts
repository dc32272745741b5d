// API keys as the API lists them.

export interface Key {
  readonly id: string;
  readonly name?: string | null;
  readonly scopes: readonly string[];
  readonly function_id: string | null;
  /** Whether it is the account's primary key. */
  readonly own: boolean;
  /** Whether it is the one that was shown for this list. */
  readonly current?: boolean;
  /** Gregorian seconds, as `expires`. */
  readonly created: number;
  readonly expires: number | null;
}

/** A key that was just made: no other answer has `api_key`. */
export interface NewKey extends Key {
  readonly api_key: string;
}

/** Return what a key may do, in words. */
export function scopeText({ scopes, function_id }: Pick<Key, 'scopes' | 'function_id'>): string {
  if (scopes.includes('manage')) return 'manages the account and executes';
  return function_id === null ? 'executes functions' : 'executes one function';
}
