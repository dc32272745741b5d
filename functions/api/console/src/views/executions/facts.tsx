import { FunctionName } from '../../components/function_name';
import type { WholeExecution } from '../../model/executions';
import { duration, localTime } from '../../model/times';
import { href } from '../../router';

/** What is known of an execution besides its input and its result. */
export function Facts({ of }: { of: WholeExecution }) {
  const { function_id, version, qualifier, trigger, trigger_id, event_id, usage } = of;
  return (
    <dl class="facts">
      <dt>Function</dt>
      <dd>
        <FunctionName id={function_id} />
      </dd>
      <dt>Version</dt>
      <dd>
        <a href={href(['functions', function_id, 'versions'])}>{version}</a>
        {qualifier !== version && ` (asked for as ${qualifier})`}
      </dd>
      <dt>Asked for by</dt>
      <dd>
        {trigger_id === null ? (
          trigger
        ) : (
          <a href={href(['triggers'], { function: function_id, trigger: trigger_id })}>a trigger of type {trigger}</a>
        )}
        {of.asynchronous && ', to be executed later'}
      </dd>
      {event_id !== null && <dt>Event</dt>}
      {event_id !== null && <dd class="id">{event_id}</dd>}
      <dt>Asked for at</dt>
      <dd>{localTime(of.created_ms)}</dd>
      {usage && <dt>Used</dt>}
      {usage && (
        <dd>
          {duration(usage.wall_ms)}, {duration(usage.cpu_ms)} of the processor, {usage.memory_mb.toFixed(1)} MB
          {usage.cold ? ', in a new isolate' : ''}
        </dd>
      )}
      <dt>Id</dt>
      <dd class="id">{of.execution_id}</dd>
      <dt>Request</dt>
      <dd class="id">{of.request_id}</dd>
    </dl>
  );
}
