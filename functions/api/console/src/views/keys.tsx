import { useState } from 'preact/hooks';

import { get, put, remove } from '../api';
import { Confirm } from '../components/dialog';
import { Failure } from '../components/failure';
import { Heading } from '../components/heading';
import { toast } from '../components/toast';
import { useLoaded } from '../load';
import type { Key } from '../model/keys';
import { KeyForm } from './keys/key_form';
import { List } from './keys/list';
import { NewValue } from './keys/new_value';

type Doing =
  | { readonly what: 'make' | 'replace' }
  | { readonly what: 'remove'; readonly key: Key }
  | { readonly what: 'show'; readonly value: string; readonly name: string };

/** The keys of the account: what each may do, until when, and which one this session has. */
export function Keys() {
  const { value, error, reload } = useLoaded('api_keys', (signal) => get<readonly Key[]>('api_keys', {}, signal));
  const [doing, setDoing] = useState<Doing | null>(null);
  const close = () => setDoing(null);
  const show = (shown: string, name: string) => {
    reload();
    setDoing({ what: 'show', value: shown, name });
  };
  const replace = async () => show((await put<{ api_key: string }>('api_key')).api_key, 'the new primary key');
  const leave = async (key: Key) => {
    toast(`${key.name ?? 'The key'} ${await remove(`api_keys/${encodeURIComponent(key.id)}`)}.`);
    reload();
  };
  return (
    <>
      <Heading title="API keys">
        <button type="button" onClick={() => setDoing({ what: 'replace' })}>
          Replace the primary key
        </button>
        <button type="button" class="primary" onClick={() => setDoing({ what: 'make' })}>
          Make a key
        </button>
      </Heading>
      <p class="note">
        A program shows a key with each request. Give each its own, for no more than it needs, so that you can remove one
        without the others.
      </p>
      {error !== null && <Failure error={error} onRetry={reload} />}
      {!value && error === null && <p class="loading">Loading …</p>}
      {value && <List keys={value} onRemove={(key) => setDoing({ what: 'remove', key })} />}
      {doing?.what === 'make' && <KeyForm onMade={show} onClose={close} />}
      {doing?.what === 'show' && <NewValue value={doing.value} name={doing.name} onClose={close} />}
      {doing?.what === 'replace' && (
        <Confirm
          title="Replace the primary key?"
          action="Replace"
          danger
          onConfirm={replace}
          onClose={() => setDoing((now) => (now?.what === 'replace' ? null : now))}
        >
          <p>
            The old one stays valid for a day, or until it is replaced again, and can still read the new one: if others know
            it, remove it from the list at once.
          </p>
        </Confirm>
      )}
      {doing?.what === 'remove' && (
        <Confirm
          title={`Remove ${doing.key.name ?? doing.key.id.slice(0, 8)}?`}
          action="Remove"
          danger
          onConfirm={() => leave(doing.key)}
          onClose={close}
        >
          <p>It is invalid at once, with every token that was given for it. Programs that show it are refused.</p>
          {doing.key.current && <p class="problem">It is the key of this session: you have to log in with another one then.</p>}
        </Confirm>
      )}
    </>
  );
}
