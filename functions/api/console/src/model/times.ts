// Times and durations as the pages show them. Unix times are in milliseconds unless a name says otherwise.

// Kazoo counts seconds from the year 0.
const GREGORIAN_S = 62_167_219_200;

export function msOfGregorian(seconds: number): number {
  return (seconds - GREGORIAN_S) * 1000;
}

/** Return whole seconds, rounded down. */
export function gregorianOf(ms: number): number {
  return Math.floor(ms / 1000) + GREGORIAN_S;
}

const CLOCK = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
const DAY = { year: 'numeric', month: 'short', day: 'numeric' } as const;
const here = new Intl.DateTimeFormat('en-GB', { ...DAY, ...CLOCK });
const clock = new Intl.DateTimeFormat('en-GB', { ...CLOCK, fractionalSecondDigits: 3 });
const formats = new Map<string, Intl.DateTimeFormat>();

/** Return a time with the short name of its zone, an IANA name; in UTC where the browser does not know it. */
export function inZone(ms: number, zone: string): string {
  const format = formats.get(zone) ?? formatOf(zone);
  formats.set(zone, format);
  return format.format(ms);
}

/** Return a day and a time of it, in the zone of this browser. */
export function localTime(ms: number): string {
  return here.format(ms);
}

/** Return a time of the day, to the millisecond. */
export function clockTime(ms: number): string {
  return clock.format(ms);
}

export function localZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Return a duration with the two units that matter, such as `840 ms`, `1.25 s`, `2 min 3 s`. */
export function duration(ms: number): string {
  if (ms < 10) return `${round(ms, 2)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${round(ms / 1_000, 2)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return two(seconds, 60, 'min', 's');
  if (seconds < 86_400) return two(Math.floor(seconds / 60), 60, 'h', 'min');
  return two(Math.floor(seconds / 3_600), 24, 'd', 'h');
}

/** Return how far a time is from now, such as `3 min ago` or `in 2 h`. */
export function ago(ms: number, now = Date.now()): string {
  const away = Math.abs(now - ms);
  if (away < 5_000) return 'now';
  const short = away < 60_000 ? `${Math.floor(away / 1_000)} s` : duration(away).split(' ').slice(0, 2).join(' ');
  return ms <= now ? `${short} ago` : `in ${short}`;
}

/** Return what a field of type `datetime-local` holds for a time in this browser's zone: nothing for what is no time. */
export function fieldOf(ms: number): string {
  const at = new Date(ms);
  if (Number.isNaN(at.getTime())) return '';
  return new Date(ms - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-GB', { weekday: 'short', ...DAY, ...CLOCK, timeZoneName: 'short', timeZone });
  } catch {
    return formatOf('UTC');
  }
}

function two(small: number, of: number, large: string, unit: string): string {
  const rest = small % of;
  return `${Math.floor(small / of)} ${large}${rest ? ` ${rest} ${unit}` : ''}`;
}

function round(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
