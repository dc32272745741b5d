import { Heading } from '../components/heading';
import type { ViewProps } from './index';

export function Function(_: ViewProps) {
  return <Heading title="Function" />;
}
