import type { ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { href, route, type ViewName } from '../router';
import { account, end } from '../session';
import { VIEWS, type ViewProps } from '../views';
import { Failure } from './failure';
import { ThemeSwitch } from './theme_switch';

const SECTIONS: readonly { path: string; title: string; views: readonly ViewName[] }[] = [
  { path: 'functions', title: 'Functions', views: ['functions', 'function', 'versions'] },
  { path: 'executions', title: 'Executions', views: ['executions', 'execution'] },
  { path: 'triggers', title: 'Triggers', views: ['triggers'] },
  { path: 'secrets', title: 'Secrets', views: ['secrets'] },
  { path: 'keys', title: 'API keys', views: ['keys'] },
  { path: 'usage', title: 'Usage', views: ['usage'] },
];

/** What is around every view: the way to the others, the account, and the way out. */
export function Shell() {
  const { view, params, query } = route.value;
  const main = useRef<HTMLElement>(null);
  const skip = (event: Event) => {
    event.preventDefault();
    main.current?.focus();
  };
  return (
    <div class="shell">
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href={href(['functions'])}>
          Isolambda
        </a>
        <span class="account">{account.value?.name}</span>
        <ThemeSwitch />
        <button type="button" class="quiet" onClick={end}>
          Log out
        </button>
      </header>
      <nav class="sections" aria-label="Sections">
        <ul>
          {SECTIONS.map(({ path, title, views }) => (
            <li key={path}>
              <a href={href([path])} aria-current={views.includes(view) ? 'page' : undefined}>
                {title}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <main id="main" ref={main} tabIndex={-1}>
        <View key={`${view} ${Object.values(params).join(' ')}`} view={view} params={params} query={query} />
      </main>
    </div>
  );
}

function View({ view, params, query }: ViewProps & { view: ViewName }) {
  const [Loaded, setLoaded] = useState<ComponentType<ViewProps> | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    VIEWS[view]().then((component) => setLoaded(() => component), setError);
  }, [view]);
  if (error) return <Failure error={error} />;
  if (!Loaded) return <p class="loading">Loading …</p>;
  return <Loaded params={params} query={query} />;
}
