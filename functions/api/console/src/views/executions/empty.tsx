import { Empty } from '../../components/empty';
import { href } from '../../router';

/** What there is to know where there are no executions. */
export function NoExecutions({ narrowed }: { narrowed: boolean }) {
  if (narrowed) return <Empty title="No execution passes these filters" />;
  return (
    <Empty title="No executions yet" command="isolambda logs --follow">
      <p>
        An execution is one run of a function. Failures are recorded, and so is what runs later or once. With{' '}
        <code>"record": "all"</code> in a function’s document all its executions are.
      </p>
      <a class="button primary" href={href(['functions'])}>
        Run a function
      </a>
    </Empty>
  );
}
