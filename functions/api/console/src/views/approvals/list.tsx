import { Empty } from '../../components/empty';
import { FunctionName } from '../../components/function_name';
import { Head } from '../../components/head';
import { Time } from '../../components/time';
import type { Pages } from '../../load';
import { plainJson, STATUSES, type Approval } from '../../model/approvals';
import { msOfGregorian } from '../../model/times';

interface ListProps {
  readonly approvals: Pages<Approval>;
  readonly onReview: (id: string) => void;
}

const CHARACTERS = 120;

/** The calls, the latest first. */
export function List({ approvals, onReview }: ListProps) {
  const items = approvals.value ?? [];
  if (items.length === 0) {
    return (
      <Empty title="No call waits" command="isolambda approvals list">
        <p>
          A tool whose document says <code>"approval": true</code> is executed for a call that a person has approved. Such a
          call of a language model stands here for 24 hours.
        </p>
      </Empty>
    );
  }
  return (
    <>
      <table class="list">
        <Head columns={['Tool', 'Function', 'Arguments', 'Called', 'State']} />
        <tbody>
          {items.map((approval) => (
            <tr key={approval.id}>
              <th scope="row" data-label="Tool">
                <code>{approval.tool}</code>
              </th>
              <td data-label="Function">
                <FunctionName id={approval.function_id} />
              </td>
              <td data-label="Arguments" class="message">
                <code>{clipped(plainJson(approval.arguments))}</code>
              </td>
              <td data-label="Called">
                <Time ms={msOfGregorian(approval.asked)} />
              </td>
              <td data-label="State">{STATUSES[approval.status]}</td>
              <td class="actions">
                <button type="button" aria-label={`Review ${approval.tool}`} onClick={() => onReview(approval.id)}>
                  Review
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {approvals.more && (
        <button type="button" onClick={approvals.more}>
          Show more
        </button>
      )}
    </>
  );
}

function clipped(text: string): string {
  return text.length > CHARACTERS ? `${text.slice(0, CHARACTERS)} …` : text;
}
