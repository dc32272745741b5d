import { post } from '../../api';
import { Form } from '../../components/form';
import { toast } from '../../components/toast';
import { targetText, type Alias } from '../../model/versions';
import { useContract } from './contract';

interface RollBackProps {
  /** The path of the alias in the API. */
  readonly path: string;
  readonly alias: Alias;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Have an alias point to where it did before its latest move. */
export function RollBack({ path, alias, onDone, onClose }: RollBackProps) {
  const { attempt, broken, isForced } = useContract(alias.name);
  const submit = async () => {
    const now = await attempt((force) => post<Alias>(`${path}/rollback`, force));
    toast(`${alias.name} points to ${targetText(now)} again.`);
    onDone();
  };
  return (
    <Form
      title={`Roll ${alias.name} back?`}
      action={isForced ? 'Roll back all the same' : 'Roll back'}
      onSubmit={submit}
      onClose={onClose}
      details={broken}
    >
      <p>
        It points to {targetText(alias)}. It goes back to where it pointed before its latest move, at once and for all
        callers. A second rollback goes further back, never forth.
      </p>
    </Form>
  );
}
