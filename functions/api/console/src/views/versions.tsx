import { Heading } from '../components/heading';
import type { ViewProps } from './index';

export function Versions(_: ViewProps) {
  return <Heading title="Versions" />;
}
