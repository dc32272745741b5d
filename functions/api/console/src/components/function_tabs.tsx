import { href } from '../router';

const TABS = [
  { name: 'code', title: 'Code', to: (id: string) => href(['functions', id]) },
  { name: 'settings', title: 'Settings', to: (id: string) => href(['functions', id], { tab: 'settings' }) },
  { name: 'versions', title: 'Versions', to: (id: string) => href(['functions', id, 'versions']) },
  { name: 'calls', title: 'Saved calls', to: (id: string) => href(['functions', id, 'calls']) },
  { name: 'executions', title: 'Executions', to: (id: string) => href(['executions'], { function: id }) },
  { name: 'triggers', title: 'Triggers', to: (id: string) => href(['triggers'], { function: id }) },
] as const;

/** The pages about one function. */
export function FunctionTabs({ id, current }: { id: string; current: (typeof TABS)[number]['name'] }) {
  return (
    <nav class="tabs" aria-label="Of this function">
      {TABS.map(({ name, title, to }) => (
        <a key={name} href={to(id)} aria-current={name === current ? 'page' : undefined}>
          {title}
        </a>
      ))}
    </nav>
  );
}
