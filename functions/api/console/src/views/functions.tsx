import { Heading } from '../components/heading';
import type { ViewProps } from './index';

export function Functions(_: ViewProps) {
  return <Heading title="Functions" />;
}
