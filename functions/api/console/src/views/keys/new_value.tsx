import { Copy } from '../../components/copy';
import { Dialog } from '../../components/dialog';

/** The value of a key that was just made: this once. */
export function NewValue({ value, name, onClose }: { value: string; name: string; onClose: () => void }) {
  return (
    <Dialog title={`Copy ${name} now`} onClose={onClose}>
      <p>It is not shown again. Who has it may do what it may do: keep it where you keep passwords.</p>
      <div class="copied">
        <code>{value}</code>
        <Copy text={() => value} what="The key" />
      </div>
      <div class="actions">
        <button type="button" class="primary" onClick={onClose}>
          I have it
        </button>
      </div>
    </Dialog>
  );
}
