import { Empty } from '../../components/empty';

/** What to do where there is no function yet. */
export function NoFunctions({ onNew }: { onNew: () => void }) {
  return (
    <Empty title="No functions yet" command="isolambda init hello">
      <p>
        A function is JavaScript that gets an input and returns an answer. It runs in an isolate of its own, with the limits
        and the hosts that you give it, and starts in a few milliseconds.
      </p>
      <pre class="panel">{"console.log('asked by', call.name);\nreturn { hello: call.name ?? 'world' };"}</pre>
      <button type="button" class="primary" onClick={onNew}>
        Write the first one
      </button>
    </Empty>
  );
}
