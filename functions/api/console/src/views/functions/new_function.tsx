import { useId, useState } from 'preact/hooks';

import { get, put } from '../../api';
import { Dialog } from '../../components/dialog';
import { Failure } from '../../components/failure';
import { toast } from '../../components/toast';
import { useLoaded } from '../../load';
import type { FunctionDocument } from '../../model/functions';
import { go } from '../../router';

interface Start {
  readonly name: string;
  readonly function_js: string;
}

const STARTS: readonly Start[] = [
  {
    name: 'Hello',
    function_js: `// \`call\` is the input; what is returned is the answer.
console.log('asked by', call.name);
return { hello: call.name ?? 'world' };
`,
  },
  {
    name: 'HTTP function',
    function_js: `// Answers HTTP requests, once a trigger of type http has a path for it.
export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    return Response.json({ path: pathname, at: new Date() });
  },
};
`,
  },
];

/** Ask for a name and for what to start from, and create the function. */
export function NewFunction({ onClose }: { onClose: () => void }) {
  const { value: samples } = useLoaded('samples', (signal) => get<readonly Start[]>('functions/samples', {}, signal));
  const [name, setName] = useState('');
  const [start, setStart] = useState<Start>(STARTS[0]!);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const id = useId();
  const all = [...STARTS, ...(samples ?? [])];
  const make = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const made = await put<FunctionDocument>('functions', { name: name.trim(), function_js: start.function_js });
      onClose();
      toast(`Created ${made.name}`);
      go(['functions', made.id]);
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <Dialog title="New function" wide onClose={onClose}>
      <form class="form new-function" onSubmit={make}>
        <div class="field">
          <label for={`${id}-name`}>Name</label>
          <input
            id={`${id}-name`}
            required
            autofocus
            maxLength={128}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </div>
        <div class="field">
          <label for={`${id}-start`}>Start from</label>
          <select
            id={`${id}-start`}
            value={start.name}
            onChange={(event) => setStart(all.find((each) => each.name === event.currentTarget.value) ?? STARTS[0]!)}
          >
            {STARTS.map((each) => (
              <option key={each.name}>{each.name}</option>
            ))}
            {samples && (
              <optgroup label="Answers to calls">
                {samples.map((each) => (
                  <option key={each.name}>{each.name}</option>
                ))}
              </optgroup>
            )}
          </select>
        </div>
        <pre class="panel sample" role="group" tabIndex={0} aria-label="Source to start from">
          {start.function_js}
        </pre>
        {error !== null && <Failure error={error} />}
        <div class="actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={busy}>
            {busy ? 'Creating …' : 'Create'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
