import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

/** The one `h1` of a view, with what can be done beside it; the title of the window as well. */
export function Heading({ title, children }: { title: string; children?: ComponentChildren }) {
  useEffect(() => {
    document.title = `${title} · Isolambda`;
  }, [title]);
  return (
    <div class="heading">
      <h1>{title}</h1>
      {children && <div class="actions">{children}</div>}
    </div>
  );
}
