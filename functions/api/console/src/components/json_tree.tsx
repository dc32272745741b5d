import type { ComponentChild } from 'preact';
import { useState } from 'preact/hooks';

interface NodeProps {
  readonly value: unknown;
  readonly name?: string;
  readonly depth: number;
}

const OPEN_DEPTH = 2;
const SHOWN = 100;
const CHARACTERS = 2_000;

/** A value of JSON as a tree that opens and closes; of a long list or object a part at a time. */
export function JsonTree({ value }: { value: unknown }) {
  return (
    <div class="tree">
      <Node value={value} depth={0} />
    </div>
  );
}

function Node({ value, name, depth }: NodeProps) {
  const label = name !== undefined && <span class="key">{name}: </span>;
  if (typeof value !== 'object' || value === null) {
    return (
      <div class="leaf">
        {label}
        <Leaf value={value} />
      </div>
    );
  }
  return <Branch value={value} label={label} depth={depth} />;
}

function Leaf({ value }: { value: unknown }) {
  const [isWhole, setWhole] = useState(false);
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  const kind = value === null ? 'null' : typeof value;
  if (text.length <= CHARACTERS || isWhole) return <span class={kind}>{text}</span>;
  return (
    <>
      <span class={kind}>{text.slice(0, CHARACTERS)} …</span>{' '}
      <button type="button" class="quiet" onClick={() => setWhole(true)}>
        all {text.length.toLocaleString('en')} characters
      </button>
    </>
  );
}

function Branch({ value, label, depth }: { value: object; label: ComponentChild; depth: number }) {
  const entries = Object.entries(value);
  const [open, setOpen] = useState(depth < OPEN_DEPTH);
  const [shown, setShown] = useState(SHOWN);
  const [left, right] = Array.isArray(value) ? '[]' : '{}';
  if (entries.length === 0) return <div class="leaf">{label}{left}{right}</div>;
  const count = `${entries.length} ${Array.isArray(value) ? 'item' : 'key'}${entries.length === 1 ? '' : 's'}`;
  return (
    <details class="branch" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {label}
        {left} <span class="count">{count}</span> {!open && right}
      </summary>
      {open && (
        <div class="below">
          {entries.slice(0, shown).map(([key, below]) => (
            <Node key={key} name={key} value={below} depth={depth + 1} />
          ))}
          {entries.length > shown && (
            <button type="button" class="quiet" onClick={() => setShown(shown + SHOWN)}>
              {entries.length - shown} more
            </button>
          )}
        </div>
      )}
    </details>
  );
}
