// Calls of tools that a person decides on.

export type Status = 'waiting' | 'approved' | 'denied' | 'used';

export interface Approval {
  readonly id: string;
  readonly status: Status;
  readonly tool: string;
  readonly function_id: string;
  readonly key_id: string;
  readonly arguments: unknown;
  /** Gregorian seconds, as the others. */
  readonly asked: number;
  readonly expires: number;
  readonly decided: number | null;
  readonly execution_id: string | null;
}

/** What a status means to who decides. */
export const STATUSES: Readonly<Record<Status, string>> = {
  waiting: 'waits',
  approved: 'approved',
  denied: 'denied',
  used: 'executed',
};

// What turns text around, or is not seen: a model wrote the text, and a person is to decide by what it says.
const UNSEEN = /[\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\u007f-\u009f\u115f\u1160\u3164\uffa0\u034f]|\p{Variation_Selector}/gu;

/** A value as JSON in which every character is seen: the others are escaped. */
export function plainJson(value: unknown, space = 0): string {
  return JSON.stringify(value, null, space).replace(UNSEEN, (character) =>
    Array.from({ length: character.length }, (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  );
}
