import { Heading } from '../components/heading';
import type { ViewProps } from './index';

export function Secrets(_: ViewProps) {
  return <Heading title="Secrets" />;
}
