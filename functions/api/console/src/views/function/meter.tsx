interface MeterProps {
  readonly label: string;
  readonly value: number;
  readonly limit: number;
  readonly write: (value: number) => string;
}

/** How much of a limit was used. */
export function Meter({ label, value, limit, write }: MeterProps) {
  return (
    <div class="meter">
      <span class="label">
        {label} <span class="note">{`${write(value)} of ${write(limit)}`}</span>
      </span>
      <meter aria-label={label} min={0} max={limit} high={limit * 0.8} optimum={0} value={Math.min(value, limit)} />
    </div>
  );
}
