import { useEffect, useState } from 'preact/hooks';

import { patch } from '../../api';
import { Empty } from '../../components/empty';
import { FunctionName } from '../../components/function_name';
import { Time } from '../../components/time';
import { toast } from '../../components/toast';
import { sourceOf, type Trigger } from '../../model/sample_event';
import { href } from '../../router';

export interface Owned {
  readonly functionId: string;
  readonly trigger: Trigger;
}

export function List({ owned, onDone }: { owned: readonly Owned[]; onDone: () => void }) {
  if (owned.length === 0) {
    return (
      <Empty title="No triggers yet" command="isolambda deploy">
        <p>
          A trigger runs a function when something happens: by the clock, for a webhook, for a request to a URL of its own,
          for an event of the account, or for a message of a queue.
        </p>
        <p>
          In a project, triggers stand in <code>isolambda.toml</code>, and are deployed with their function.
        </p>
      </Empty>
    );
  }
  return (
    <table class="list">
      <thead>
        <tr>
          <th>Trigger</th>
          <th>Type</th>
          <th>Function</th>
          <th>Listens to</th>
          <th>Next run</th>
          <th>Enabled</th>
        </tr>
      </thead>
      <tbody>
        {owned.map(({ functionId, trigger }) => (
          <Line key={trigger.id} functionId={functionId} trigger={trigger} onDone={onDone} />
        ))}
      </tbody>
    </table>
  );
}

function Line({ functionId, trigger, onDone }: Owned & { onDone: () => void }) {
  const { id, name, type, qualifier, _read_only } = trigger;
  const source = sourceOf(trigger);
  const next = _read_only?.next_runs?.[0];
  return (
    <tr>
      <th scope="row" data-label="Trigger">
        <a href={href(['triggers'], { function: functionId, trigger: id })}>{name}</a>
      </th>
      <td data-label="Type">
        <span class="badge">{type}</span>
      </td>
      <td data-label="Function">
        <span>
          <FunctionName id={functionId} />
          {qualifier !== '$LATEST' && <span class="note"> {qualifier}</span>}
        </span>
      </td>
      <td data-label="Listens to">
        <code class="clip" title={source}>
          {source.replace(/^https?:\/\/[^/]+/, '')}
        </code>
      </td>
      <td data-label="Next run">{next && <Time ms={Date.parse(next)} />}</td>
      <td data-label="Enabled">
        <Switch functionId={functionId} trigger={trigger} onDone={onDone} />
      </td>
    </tr>
  );
}

/** Enable or disable a trigger. */
export function Switch({ functionId, trigger: { id, name, enabled, _read_only }, onDone }: Owned & { onDone: () => void }) {
  const [wanted, setWanted] = useState<boolean | null>(null);
  useEffect(() => setWanted(null), [enabled]);
  const change = async (isWanted: boolean) => {
    setWanted(isWanted);
    try {
      await patch(`functions/${encodeURIComponent(functionId)}/triggers/${encodeURIComponent(id)}`, { enabled: isWanted });
      toast(`${name} is ${isWanted ? 'enabled' : 'disabled'}.`);
    } catch (error) {
      setWanted(null);
      toast(error instanceof Error ? error.message : String(error));
    }
    onDone();
  };
  const isOn = wanted ?? enabled;
  return (
    <label class="check">
      <input
        type="checkbox"
        role="switch"
        aria-label={`Enable ${name}`}
        checked={isOn}
        onChange={(event) => void change(event.currentTarget.checked)}
      />
      <span>{isOn ? 'On' : 'Off'}</span>
      {_read_only?.disable_reason && <span class="badge bad">disabled by failures</span>}
    </label>
  );
}
