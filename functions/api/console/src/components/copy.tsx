import { toast } from './toast';

/** Copy a text, which is made when it is asked for; `what` names it for screen readers. */
export function Copy({ text, what }: { text: () => string; what: string }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      toast(`${what} is copied.`);
    } catch {
      toast('This browser does not let the page copy: select the text instead.');
    }
  };
  return (
    <button type="button" aria-label={`Copy ${what}`} onClick={() => void copy()}>
      Copy
    </button>
  );
}
