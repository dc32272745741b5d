import { isUnsaved } from '../drafts';
import { href } from '../router';

/** Says of what takes the draft as it is saved that the editor has more; `so` is what becomes of that. */
export function Unsaved({ functionId, so }: { functionId: string; so: string }) {
  if (!isUnsaved(functionId)) return null;
  return (
    <div class="notice" role="note">
      <p>
        The editor has changes that are not saved: {so}. <a href={href(['functions', functionId])}>Save them</a> first.
      </p>
    </div>
  );
}
