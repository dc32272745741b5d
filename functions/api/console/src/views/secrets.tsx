import { useState } from 'preact/hooks';

import { get, remove } from '../api';
import { Confirm } from '../components/dialog';
import { Empty } from '../components/empty';
import { Failure } from '../components/failure';
import { FunctionPicker } from '../components/function_picker';
import { Heading } from '../components/heading';
import { toast } from '../components/toast';
import { useLoaded } from '../load';
import { go } from '../router';
import type { ViewProps } from './index';
import { List, type Secret } from './secrets/list';
import { SecretForm } from './secrets/secret_form';

type Doing = { readonly what: 'put' | 'remove'; readonly secret: Secret | null };

/** The secrets of the account, or of one function. No value is ever shown. */
export function Secrets({ query }: ViewProps) {
  const functionId = query.get('function') ?? '';
  const path = functionId ? `functions/${encodeURIComponent(functionId)}/secrets` : 'secrets';
  const { value, error, reload } = useLoaded(path, (signal) => get<readonly Secret[]>(path, {}, signal));
  const [doing, setDoing] = useState<Doing | null>(null);
  const close = () => setDoing(null);
  const put = () => setDoing({ what: 'put', secret: null });
  const leave = async (name: string) => {
    toast(`${name} ${await remove(`${path}/${encodeURIComponent(name)}`)}.`);
    reload();
  };
  return (
    <>
      <Heading title="Secrets">
        <button type="button" class="primary" onClick={put}>
          Put a secret
        </button>
      </Heading>
      <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
        <FunctionPicker
          label="Whose"
          none="Those of the account"
          value={functionId}
          onChange={(id) => go(['secrets'], id ? { function: id } : {})}
        />
      </form>
      {error !== null && <Failure error={error} onRetry={reload} />}
      {!value && error === null && <p class="loading">Loading …</p>}
      {value?.length === 0 && (
        <Empty title={functionId ? 'This function has no secrets of its own' : 'No secrets yet'} command={`isolambda secret put STRIPE_KEY --hosts api.stripe.com${functionId && ` --function ${functionId}`}`}>
          <p>
            A function uses a secret without having it: its code sees a placeholder, which becomes the value outside of it, on
            the way to the hosts that the secret names. Name it in <code>secrets</code> of the function’s document, and the
            host in <code>net</code>.
          </p>
        </Empty>
      )}
      {value && value.length > 0 && (
        <List
          secrets={value}
          onRotate={(secret) => setDoing({ what: 'put', secret })}
          onRemove={(secret) => setDoing({ what: 'remove', secret })}
        />
      )}
      {doing?.what === 'put' && <SecretForm path={path} before={doing.secret} onDone={reload} onClose={close} />}
      {doing?.what === 'remove' && doing.secret && (
        <Confirm
          title={`Remove ${doing.secret.name}?`}
          action="Remove"
          danger
          onConfirm={() => leave(doing.secret!.name)}
          onClose={close}
        >
          <p>
            {functionId
              ? 'The function has the account’s secret of that name from then on, if there is one.'
              : 'Functions that name it are not executed any more, until it is put again.'}
          </p>
        </Confirm>
      )}
    </>
  );
}
