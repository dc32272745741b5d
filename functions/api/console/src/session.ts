// Who is logged in. The key is kept in this module alone: a reload or `Log out` forgets it.

import { batch, signal } from '@preact/signals';

export interface Account {
  readonly id: string;
  readonly name: string;
}

let key: string | null = null;

/** The account of the key; null before the login. */
export const account = signal<Account | null>(null);

/** Whether the API refused the key: the views stay, below the login. */
export const expired = signal(false);

export function keyOfSession(): string | null {
  return key;
}

export function begin(newKey: string, newAccount: Account): void {
  key = newKey;
  batch(() => {
    account.value = newAccount;
    expired.value = false;
  });
}

export function expire(): void {
  if (account.value) expired.value = true;
}

export function end(): void {
  key = null;
  batch(() => {
    account.value = null;
    expired.value = false;
  });
}
