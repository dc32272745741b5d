import type { Signal } from '@preact/signals';
import { useState } from 'preact/hooks';

import { Dialog } from '../../components/dialog';
import { Failure } from '../../components/failure';
import { toast } from '../../components/toast';
import { ConflictError, rebase, save, type Draft } from '../../drafts';
import { changedKeys, patchOf, type FunctionDocument } from '../../model/functions';

interface ConflictProps {
  readonly draft: Signal<Draft>;
  readonly error: ConflictError;
  readonly onSettled: () => void;
}

/** Another one saved the function meanwhile: say what they changed, and let the author decide. */
export function Conflict({ draft, error, onSettled }: ConflictProps) {
  const { saved, document } = draft.value;
  const theirs = changedKeys(saved, error.theirs);
  const mine = changedKeys(saved, document);
  const both = mine.filter((key) => theirs.includes(key));
  const [asks, setAsks] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);

  const saveOver = async (wanted: FunctionDocument) => {
    rebase(draft, error, wanted);
    try {
      await save(draft);
      toast('Saved');
      onSettled();
    } catch (again) {
      setFailure(again);
    }
  };
  const takeTheirs = () => {
    rebase(draft, error, error.theirs);
    onSettled();
  };
  return (
    <>
      <div class="failure" role="alert">
        <p>
          {error.message} They changed {theirs.join(', ')}; you changed {mine.join(', ')}. Nothing of yours is lost, and nothing
          is saved yet.
        </p>
        <div class="actions">
          {both.length === 0 && (
            <button type="button" class="primary" onClick={() => void saveOver(joined(error.theirs, saved, document))}>
              Save both
            </button>
          )}
          <button type="button" onClick={() => setAsks(true)}>
            Look and decide
          </button>
        </div>
      </div>
      {failure !== null && <Failure error={failure} />}
      {asks && (
        <Dialog title="Yours or theirs?" wide onClose={() => setAsks(false)}>
          {both.map((key) => (
            <div class="columns" key={key}>
              <section>
                <h3>{key}, as you have it</h3>
                <Value value={(document as unknown as Record<string, unknown>)[key]} label={`${key} of yours`} />
              </section>
              <section>
                <h3>{key}, as they saved it</h3>
                <Value value={(error.theirs as unknown as Record<string, unknown>)[key]} label={`${key} of theirs`} />
              </section>
            </div>
          ))}
          <div class="actions">
            <button type="button" onClick={() => setAsks(false)}>
              Go on typing
            </button>
            <button type="button" onClick={takeTheirs}>
              Take theirs, drop mine
            </button>
            <button type="button" class="danger" onClick={() => void saveOver(joined(error.theirs, saved, document))}>
              Save mine over theirs
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function Value({ value, label }: { value: unknown; label: string }) {
  return (
    <pre class="panel excerpt-of-value" role="group" tabIndex={0} aria-label={label}>
      {typeof value === 'string' ? value : JSON.stringify(value, null, 2)}
    </pre>
  );
}

// Their document with my changes: of a key that both changed, mine.
function joined(theirs: FunctionDocument, saved: FunctionDocument, mine: FunctionDocument): FunctionDocument {
  const changes = patchOf(saved, mine);
  const next: Record<string, unknown> = { ...theirs };
  for (const key of Object.keys(changes)) next[key] = (mine as unknown as Record<string, unknown>)[key];
  return Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined)) as unknown as FunctionDocument;
}
