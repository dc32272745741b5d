import { Heading } from '../components/heading';
import type { ViewProps } from './index';

export function Usage(_: ViewProps) {
  return <Heading title="Usage" />;
}
