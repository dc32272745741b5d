import { FunctionTabs } from '../components/function_tabs';
import { Heading } from '../components/heading';
import type { ViewProps } from './index';
import { Filters, TailFilters, filterOf, show } from './executions/filters';
import { List } from './executions/list';
import { Tail } from './executions/tail';

/** The executions of the account: a list with filters, or those that end from now on. */
export function Executions({ query }: ViewProps) {
  const { tail, ...filter } = filterOf(query);
  const isLive = tail === '1';
  return (
    <>
      <Heading title="Executions">
        <button type="button" aria-pressed={isLive} onClick={() => show({ ...filter, tail: isLive ? '' : '1' })}>
          Live tail
        </button>
      </Heading>
      {filter.function && <FunctionTabs id={filter.function} current="executions" />}
      {isLive ? <TailFilters filter={filter} /> : <Filters filter={filter} />}
      {isLive ? <Tail filter={filter} /> : <List filter={filter} />}
    </>
  );
}
