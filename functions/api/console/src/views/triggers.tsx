import { Heading } from '../components/heading';
import type { ViewProps } from './index';

export function Triggers(_: ViewProps) {
  return <Heading title="Triggers" />;
}
