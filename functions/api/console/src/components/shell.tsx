import type { ComponentType } from 'preact';
import { useEffect, useErrorBoundary, useLayoutEffect, useRef, useState } from 'preact/hooks';

import { unsaved } from '../drafts';
import { href, route, type ViewName } from '../router';
import { account, end } from '../session';
import { VIEWS, type ViewProps } from '../views';
import { Confirm } from './dialog';
import { Failure } from './failure';
import { ThemeSwitch } from './theme_switch';

const SECTIONS: readonly { path: string; title: string; views: readonly ViewName[] }[] = [
  { path: 'functions', title: 'Functions', views: ['functions', 'function', 'versions', 'calls'] },
  { path: 'executions', title: 'Executions', views: ['executions', 'execution'] },
  { path: 'approvals', title: 'Approvals', views: ['approvals'] },
  { path: 'triggers', title: 'Triggers', views: ['triggers'] },
  { path: 'secrets', title: 'Secrets', views: ['secrets'] },
  { path: 'keys', title: 'API keys', views: ['keys'] },
  { path: 'usage', title: 'Usage', views: ['usage'] },
];

const MISSING =
  'This page of the console did not come. The server may have a newer console: load the page again, once you have saved.';

/** What is around every view: the way to the others, the account, and the way out. */
export function Shell() {
  const { view, params, query } = route.value;
  const main = useRef<HTMLElement>(null);
  const place = `${view} ${Object.values(params).join(' ')}`;
  const isFirst = useRef(true);
  useLayoutEffect(() => {
    // As a browser does with a new page: to its top, and the keyboard with it.
    if (!isFirst.current) {
      main.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    isFirst.current = false;
  }, [place]);
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
        <LogOut />
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
        <View key={place} view={view} params={params} query={query} />
      </main>
    </div>
  );
}

function LogOut() {
  const [asks, setAsks] = useState(false);
  const leave = () => (unsaved() > 0 ? setAsks(true) : end());
  return (
    <>
      <button type="button" class="quiet" onClick={leave}>
        Log out
      </button>
      {asks && (
        <Confirm title="Log out?" action="Log out and lose them" danger onConfirm={end} onClose={() => setAsks(false)}>
          <p>Some functions have changes that are not saved.</p>
        </Confirm>
      )}
    </>
  );
}

function View({ view, params, query }: ViewProps & { view: ViewName }) {
  const [Loaded, setLoaded] = useState<ComponentType<ViewProps> | null>(null);
  const [missing, setMissing] = useState(false);
  const [broken] = useErrorBoundary();
  useEffect(() => {
    VIEWS[view]().then((component) => setLoaded(() => component), () => setMissing(true));
  }, [view]);
  if (missing) return <Failure error={new Error(MISSING)} />;
  if (broken) return <Failure error={new Error(`This page of the console broke: ${broken.message ?? broken}`)} />;
  if (!Loaded) return <p class="loading">Loading …</p>;
  return <Loaded params={params} query={query} />;
}
