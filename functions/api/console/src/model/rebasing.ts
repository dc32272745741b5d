// What is typed into a form, once another one saved what the form is about.

export type Texts = Readonly<Record<string, string>>;

export interface Rebased<T> {
  /** What was typed, and of all else what was saved elsewhere. */
  readonly texts: T;
  /** What to say of it. */
  readonly told: string;
}

/** Go on from what another one saved: what was typed stays. `labels` name the texts. */
export function rebased<T extends Texts>(before: T, typed: T, theirs: T, labels: Texts): Rebased<T> {
  const keys = Object.keys(theirs).filter((key) => theirs[key] !== before[key]);
  const isTyped = (key: string) => typed[key] !== before[key] && typed[key] !== theirs[key];
  const taken = Object.fromEntries(keys.filter((key) => !isTyped(key)).map((key) => [key, theirs[key]!]));
  const words = keys.map((key) => (labels[key] ?? key) + (isTyped(key) ? ' (here yours is kept)' : ''));
  const told = words.length > 0 ? `There it is now: ${words.join(', ')}.` : 'Nothing of it was changed that stands here.';
  return { texts: { ...typed, ...taken }, told };
}
