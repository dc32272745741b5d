import type { ComponentChildren } from 'preact';

export function Empty({ title, command, children }: { title: string; command?: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
      {command && (
        <p class="note">
          On the command line: <code>{command}</code>
        </p>
      )}
    </div>
  );
}
