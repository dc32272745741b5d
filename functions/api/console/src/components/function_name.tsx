import { useEffect } from 'preact/hooks';

import { loadName, names } from '../names';
import { href } from '../router';

/** The name of a function, which leads to it; its id until the name is there. */
export function FunctionName({ id }: { id: string }) {
  const name = names().byId.get(id);
  useEffect(() => {
    void loadName(id);
  }, [id]);
  if (name === null) return <span class="gone" title={id}>{id.slice(0, 8)} … (removed)</span>;
  return (
    <a href={href(['functions', id])} title={id} class="function-name">
      {name ?? `${id.slice(0, 8)} …`}
    </a>
  );
}
