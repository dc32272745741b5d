import type { VersionSummary } from '../../model/versions';

interface VersionChoiceProps {
  readonly label: string;
  readonly none?: string;
  readonly versions: readonly VersionSummary[];
  readonly value: number | null;
  readonly onChange: (version: number | null) => void;
}

/** Choose one of the versions, or none of them where `none` says what that means. */
export function VersionChoice({ label, none, versions, value, onChange }: VersionChoiceProps) {
  const id = `alias-${label.toLowerCase().replaceAll(' ', '-')}`;
  const isThere = value === null || versions.some((each) => each.version === value);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value ?? ''}
        onChange={(event) => onChange(event.currentTarget.value === '' ? null : Number(event.currentTarget.value))}
      >
        {none !== undefined && <option value="">{none}</option>}
        {!isThere && <option value={value}>{value}</option>}
        {versions.map((each) => (
          <option key={each.version} value={each.version}>
            {[each.version, each.description].filter(Boolean).join(': ')}
          </option>
        ))}
      </select>
    </div>
  );
}
