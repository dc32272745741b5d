import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

interface HeadingProps {
  readonly title: string;
  /** What the view is part of: a link above the title. */
  readonly crumb?: ComponentChildren;
  readonly children?: ComponentChildren;
}

/** The one `h1` of a view, with what can be done beside it; the title of the window as well. */
export function Heading({ title, crumb, children }: HeadingProps) {
  useEffect(() => {
    document.title = `${title} · Isolambda`;
  }, [title]);
  return (
    <div class="heading">
      <div class="title">
        {crumb && <span class="crumb">{crumb}</span>}
        <h1>{title}</h1>
      </div>
      {children && <div class="actions">{children}</div>}
    </div>
  );
}
