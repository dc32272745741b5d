// Versions and aliases as the API has them, and what there is to compare of two versions.

export interface VersionSummary {
  readonly version: number;
  readonly description: string;
  readonly sha256: string;
  /** Gregorian seconds. */
  readonly created: number;
}

export interface Target {
  readonly version: number;
  readonly additional_version: number | null;
  readonly additional_version_weight: number;
}

export interface Alias extends Target {
  readonly name: string;
  readonly description: string;
  readonly contract: 'enforced' | 'off';
  /** The share of its executions that another version repeats, 0 to 1. */
  readonly shadow: number;
  /** That version; null for the draft. */
  readonly shadow_version: number | null;
}

export interface Move {
  /** Gregorian seconds. */
  readonly at: number;
  /** The id of an API key. */
  readonly by: string;
  readonly from: Target;
  readonly to: Target;
  readonly rollback: boolean;
  /** Whether it was made whatever the contract says; `reason` says why, and is empty for old ones. */
  readonly forced: boolean;
  readonly reason: string | null;
}

export interface AliasWithHistory extends Alias {
  /** The latest move first. */
  readonly history: readonly Move[];
}

/** The keys that a version freezes; others are of the draft, or of its number. */
const SETTINGS = ['language_pack', 'limits', 'isolation', 'features', 'net', 'secrets', 'kv', 'input_schema', 'result_schema'];

/** The name under which the settings are compared, beside the names of files. */
export const SETTINGS_NAME = 'Settings';

export type Frozen = Readonly<Record<string, unknown>>;

/** Return the texts of a draft or a version by file, its settings as JSON last. */
export function textsOf(document: Frozen): Map<string, string> {
  const main = document['language_pack'] === 'typescript' ? 'function.ts' : 'function.js';
  const files = Object.entries((document['files'] ?? {}) as Record<string, string>).sort();
  const settings = SETTINGS.filter((key) => document[key] !== undefined).map((key) => [key, ordered(document[key])]);
  return new Map([
    [main, String(document['function_js'] ?? '')],
    ...files,
    [SETTINGS_NAME, JSON.stringify(Object.fromEntries(settings), null, 2)],
  ]);
}

/** Return the names whose texts differ, or are on one side alone, with both texts. */
export function changedTexts(before: Frozen, after: Frozen): [string, string, string][] {
  const [left, right] = [textsOf(before), textsOf(after)];
  const names = [...new Set([...left.keys(), ...right.keys()])];
  return names
    .map((name): [string, string, string] => [name, left.get(name) ?? '', right.get(name) ?? ''])
    .filter(([, one, other]) => one !== other);
}

/** Return where a target leads, such as `version 3, and version 4 for 10 % of callers`. */
export function targetText(target: Target): string {
  const share = shareOf(target);
  const other = share > 0 ? `, and version ${target.additional_version} for ${share} % of callers` : '';
  return `version ${target.version}${other}`;
}

/** Return what the shadow of an alias does, such as `shadow: 5 % on version 7`. */
export function shadowText({ shadow, shadow_version }: Alias): string {
  return `shadow: ${Number((shadow * 100).toFixed(2))} % on ${shadow_version === null ? 'the draft' : `version ${shadow_version}`}`;
}

/** Return how many of a hundred callers go to the additional version. */
export function shareOf(target: Target): number {
  return target.additional_version === null ? 0 : Number((target.additional_version_weight * 100).toFixed(2));
}

// Keys in one order, so that only what means something differs.
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort().map(([key, below]) => [key, ordered(below)]));
}
