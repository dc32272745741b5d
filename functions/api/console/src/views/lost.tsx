import { Heading } from '../components/heading';
import { href } from '../router';

export function Lost() {
  return (
    <>
      <Heading title="No such page" />
      <p>
        The address names no page of the console. <a href={href(['functions'])}>Go to your functions</a>.
      </p>
    </>
  );
}
