import { useState } from 'preact/hooks';

import { answer, remove } from '../../api';
import { Confirm } from '../../components/dialog';
import { Failure } from '../../components/failure';
import { Heading } from '../../components/heading';
import { toast } from '../../components/toast';
import { useLoaded } from '../../load';
import type { Trigger } from '../../model/sample_event';
import { go, href } from '../../router';
import { Attempts } from './attempts';
import { Facts } from './facts';
import { NextRuns } from './next_runs';
import { TestEvent } from './test_event';
import { TriggerForm } from './trigger_form';

/** One trigger: what it listens to, when it runs next, what it did, and an event to test it with. */
export function Details({ functionId, triggerId }: { functionId: string; triggerId: string }) {
  const path = `functions/${encodeURIComponent(functionId)}/triggers/${encodeURIComponent(triggerId)}`;
  const { value, error, reload } = useLoaded(path, (signal) => answer<Trigger>('GET', path, { signal }));
  const [doing, setDoing] = useState<'change' | 'remove' | null>(null);
  const [sent, setSent] = useState(0);
  const trigger = value?.data;
  const leave = async () => {
    toast(`${trigger?.name} ${await remove(path)}.`);
    go(['triggers'], { function: functionId });
  };
  return (
    <>
      <Heading title={trigger?.name ?? 'Trigger'} crumb={<a href={href(['triggers'])}>Triggers</a>}>
        {trigger && (
          <>
            <button type="button" onClick={() => setDoing('change')}>
              Change
            </button>
            <button type="button" onClick={() => setDoing('remove')}>
              Remove
            </button>
          </>
        )}
      </Heading>
      {error !== null && <Failure error={error} onRetry={reload} />}
      {!trigger && error === null && <p class="loading">Loading …</p>}
      {trigger?._read_only?.disable_reason && (
        <div class="notice">
          <p>It was disabled: {trigger._read_only.disable_reason}. Enable it again below.</p>
        </div>
      )}
      {trigger && (
        <div class="execution">
          <div class="reading">
            <TestEvent functionId={functionId} trigger={trigger} onSent={() => setSent(sent + 1)} />
            <Attempts path={path} functionId={functionId} triggerId={triggerId} sent={sent} />
          </div>
          <div class="known">
            <Facts functionId={functionId} trigger={trigger} onDone={reload} />
            {trigger.type === 'schedule' && <NextRuns trigger={trigger} />}
          </div>
        </div>
      )}
      {trigger && doing === 'change' && (
        <TriggerForm functionId={functionId} trigger={trigger} etag={value?.etag ?? null} onDone={reload} onClose={() => setDoing(null)} />
      )}
      {trigger && doing === 'remove' && (
        <Confirm title={`Remove ${trigger.name}?`} action="Remove" danger onConfirm={leave} onClose={() => setDoing(null)}>
          <p>What was made for it, such as a queue or a URL, goes with it. Its executions stay recorded.</p>
        </Confirm>
      )}
    </>
  );
}
