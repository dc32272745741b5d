import { useState } from 'preact/hooks';

import { answer, get } from '../api';
import { Failure } from '../components/failure';
import { Heading } from '../components/heading';
import { toast } from '../components/toast';
import { useLoaded, usePages } from '../load';
import type { Approval } from '../model/approvals';
import type { Key } from '../model/keys';
import { List } from './approvals/list';
import { Review } from './approvals/review';

const PAGE = 50;

/** The calls of tools that wait for a person, and those that were decided on. */
export function Approvals() {
  const approvals = usePages<Approval>('approvals', { page_size: PAGE });
  const keys = useLoaded('api_keys', (signal) => get<readonly Key[]>('api_keys', {}, signal));
  const [reviewed, setReviewed] = useState<Approval | null>(null);
  const { value, error, busy, reload } = approvals;
  const callerOf = (id: string) => {
    const key = keys.value?.find((each) => each.id === id);
    return key?.name ?? (key?.own ? 'of the account' : id.slice(0, 8));
  };
  const review = async (id: string) => {
    try {
      setReviewed((await answer<Approval>('GET', `approvals/${encodeURIComponent(id)}`, { exact: true })).data);
    } catch (failure) {
      toast(failure instanceof Error ? failure.message : String(failure));
      reload();
    }
  };
  return (
    <>
      <Heading title="Approvals">
        {/* Not by itself: what is about to be pressed would move. */}
        <button type="button" onClick={reload} disabled={busy}>
          Refresh
        </button>
      </Heading>
      {error !== null && <Failure error={error} onRetry={reload} />}
      {!value && error === null && <p class="loading">Loading …</p>}
      {value && <List approvals={approvals} onReview={(id) => void review(id)} />}
      {reviewed && (
        <Review approval={reviewed} caller={callerOf(reviewed.key_id)} onDone={reload} onClose={() => setReviewed(null)} />
      )}
    </>
  );
}
