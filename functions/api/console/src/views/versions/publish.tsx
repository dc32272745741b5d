import { useState } from 'preact/hooks';

import { answer } from '../../api';
import { Form } from '../../components/form';
import { toast } from '../../components/toast';
import { Unsaved } from '../../components/unsaved';
import type { VersionSummary } from '../../model/versions';

interface PublishProps {
  readonly functionId: string;
  /** The path of the function in the API. */
  readonly path: string;
  readonly isFirst: boolean;
  readonly onDone: () => void;
}

/** Freeze the draft under the next number. */
export function Publish({ functionId, path, isFirst, onDone }: PublishProps) {
  const [isOpen, setOpen] = useState(false);
  const [description, setDescription] = useState('');
  const publish = async () => {
    const { status, data } = await answer<VersionSummary>('PUT', `${path}/versions`, { data: { description } });
    toast(status === 201 ? `Version ${data.version} is published.` : `The draft is version ${data.version} already.`);
    setDescription('');
    onDone();
  };
  return (
    <>
      <button type="button" class="primary" onClick={() => setOpen(true)}>
        Publish the draft
      </button>
      {isOpen && (
        <Form title={isFirst ? 'Publish version 1' : 'Publish the draft'} action="Publish" onSubmit={publish} onClose={() => setOpen(false)}>
          <p class="note">
            A version freezes the source, its files and its settings under a number. Later changes of the draft leave it as
            it is.
          </p>
          <Unsaved functionId={functionId} so="they are not in the version" />
          <div class="field">
            <label for="description">What is new (optional)</label>
            <input
              id="description"
              maxLength={1000}
              value={description}
              onInput={(event) => setDescription(event.currentTarget.value)}
            />
          </div>
        </Form>
      )}
    </>
  );
}
