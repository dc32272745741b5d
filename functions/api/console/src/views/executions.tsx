import { Heading } from '../components/heading';
import type { ViewProps } from './index';

export function Executions(_: ViewProps) {
  return <Heading title="Executions" />;
}
