import { ago, localTime } from '../model/times';

/** A time as people say it; the exact one is its title. */
export function Time({ ms }: { ms: number }) {
  return (
    <time dateTime={new Date(ms).toISOString()} title={localTime(ms)}>
      {ago(ms)}
    </time>
  );
}
