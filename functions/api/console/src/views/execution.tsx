import { Heading } from '../components/heading';
import type { ViewProps } from './index';

export function Execution(_: ViewProps) {
  return <Heading title="Execution" />;
}
