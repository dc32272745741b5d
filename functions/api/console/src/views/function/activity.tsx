import { getPage } from '../../api';
import { Sparkline } from '../../components/sparkline';
import { useLoaded } from '../../load';
import { byDay, lastDays, type Counted } from '../../model/usage';
import { href } from '../../router';

const DAYS = 14;

/** How often the function was executed of late, and how often that failed. */
export function Activity({ functionId }: { functionId: string }) {
  const days = lastDays(DAYS);
  const { value } = useLoaded(`usage ${functionId}`, async (signal) => {
    const query = { by: 'day', function_id: functionId, from: days[0], to: days.at(-1) };
    return byDay([...(await getPage<Counted>('usage', query, signal)).items], days);
  });
  // A key may not be for this, and the function is there all the same.
  if (!value) return null;
  return (
    <a class="activity" href={href(['usage'], { function: functionId })} title={`Executions in ${DAYS} days`}>
      <span class="hidden">Executions in {DAYS} days: </span>
      <Sparkline days={value} />
    </a>
  );
}
