import type { Signal } from '@preact/signals';
import { useState } from 'preact/hooks';

import { Dialog } from '../../components/dialog';
import { toast } from '../../components/toast';
import { ConflictError, rebase, save, type Draft } from '../../drafts';
import { differences, merged, type Difference, type FunctionDocument } from '../../model/functions';

interface ConflictProps {
  readonly draft: Signal<Draft>;
  readonly error: ConflictError;
  /** Called with what went wrong when it was saved; null for nothing. */
  readonly onSettled: (failure: unknown) => void;
}

/** Another one saved the function meanwhile: say what was changed, and let the author decide. */
export function Conflict({ draft, error, onSettled }: ConflictProps) {
  const { saved, document } = draft.value;
  const theirs = new Map(differences(saved, error.theirs).map((each) => [nameOf(each), each]));
  const mine = differences(saved, document);
  const both = mine.filter((each) => theirs.has(nameOf(each)));
  const [asks, setAsks] = useState(false);
  const [busy, setBusy] = useState(false);

  const saveOver = async (wanted: FunctionDocument) => {
    setBusy(true);
    rebase(draft, error, wanted);
    try {
      await save(draft);
      toast('Saved');
      onSettled(null);
    } catch (failure) {
      onSettled(failure);
    } finally {
      setBusy(false);
      setAsks(false);
    }
  };
  const takeTheirs = () => {
    rebase(draft, error, error.theirs);
    onSettled(null);
  };
  return (
    <>
      <div class="failure" role="alert">
        <p>
          {error.message} There it was {[...theirs.keys()].join(', ')}, here {mine.map(nameOf).join(', ')}. Nothing of yours is
          lost, and nothing of it is saved yet.
        </p>
        <div class="actions">
          {both.length === 0 && (
            <button type="button" class="primary" disabled={busy} onClick={() => void saveOver(merged(error.theirs, saved, document))}>
              Save both
            </button>
          )}
          <button type="button" disabled={busy} onClick={() => setAsks(true)}>
            Look and decide
          </button>
        </div>
      </div>
      {asks && (
        <Dialog title="Yours or theirs?" wide onClose={() => setAsks(false)}>
          {both.map((each) => (
            <div class="columns" key={nameOf(each)}>
              <Value title={`${nameOf(each)}, as you have it`} value={each.after} />
              <Value title={`${nameOf(each)}, as it was saved`} value={theirs.get(nameOf(each))!.after} />
            </div>
          ))}
          <div class="actions">
            <button type="button" onClick={() => setAsks(false)}>
              Go on typing
            </button>
            <button type="button" disabled={busy} onClick={takeTheirs}>
              Take theirs, drop mine
            </button>
            <button type="button" class="danger" disabled={busy} onClick={() => void saveOver(merged(error.theirs, saved, document))}>
              Save mine over theirs
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function Value({ title, value }: { title: string; value: unknown }) {
  return (
    <section>
      <h3>{title}</h3>
      <pre class="panel excerpt-of-value" role="group" tabIndex={0} aria-label={title}>
        {value === undefined ? 'removed' : typeof value === 'string' ? value : JSON.stringify(value, null, 2)}
      </pre>
    </section>
  );
}

function nameOf({ path }: Difference): string {
  return path.join('.');
}
