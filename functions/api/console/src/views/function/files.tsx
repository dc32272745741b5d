import { useId, useState } from 'preact/hooks';

import { Confirm } from '../../components/dialog';
import { Form } from '../../components/form';
import { entryOf, faultOfFileName, type FunctionDocument } from '../../model/functions';
import type { Marks } from './marks';

interface FilesProps {
  readonly document: FunctionDocument;
  readonly names: readonly string[];
  readonly shown: string;
  readonly marks: Marks;
  readonly onShow: (name: string) => void;
  readonly onAdd: (name: string) => void;
  readonly onRemove: (name: string) => void;
}

/** The files of a function as tabs; the first is its entry, which stays. */
export function Files({ document, names, shown, marks, onShow, onAdd, onRemove }: FilesProps) {
  const [adds, setAdds] = useState(false);
  const [removes, setRemoves] = useState(false);
  return (
    <div class="files">
      <div class="names" role="group" aria-label="Files">
        {names.map((name) => (
          <button key={name} type="button" class="file" aria-pressed={name === shown} onClick={() => onShow(name)}>
            {name}
            {marks.has(name) && (
              <span class="problem" title="Something is said about this file">
                ●<span class="hidden"> has problems</span>
              </span>
            )}
          </button>
        ))}
      </div>
      <button type="button" class="quiet" onClick={() => setAdds(true)}>
        New file
      </button>
      {shown !== entryOf(document) && (
        <button type="button" class="quiet" onClick={() => setRemoves(true)}>
          Remove file
        </button>
      )}
      {adds && <NewFile document={document} onAdd={onAdd} onClose={() => setAdds(false)} />}
      {removes && (
        <Confirm
          title={`Remove ${shown}?`}
          action="Remove"
          danger
          onConfirm={() => onRemove(shown)}
          onClose={() => setRemoves(false)}
        >
          <p>It is gone for good once you save the function.</p>
        </Confirm>
      )}
    </div>
  );
}

function NewFile({ document, onAdd, onClose }: Pick<FilesProps, 'document' | 'onAdd'> & { onClose: () => void }) {
  const [name, setName] = useState('');
  const id = useId();
  const add = async () => {
    const fault = faultOfFileName(document, name);
    if (fault) throw new Error(fault);
    onAdd(name);
  };
  return (
    <Form title="New file" action="Add" onSubmit={add} onClose={onClose}>
      <div class="field">
        <label for={id}>Name</label>
        <input
          id={id}
          class="mono"
          required
          autofocus
          placeholder="lib/total.js"
          value={name}
          aria-describedby={`${id}-about`}
          onInput={(event) => setName(event.currentTarget.value.trim())}
        />
        <p id={`${id}-about`} class="note">
          The function imports it by a relative path: {'import { total } from "./lib/total.js".'}
        </p>
      </div>
    </Form>
  );
}
