import { Heading } from '../components/heading';
import type { ViewProps } from './index';

export function Keys(_: ViewProps) {
  return <Heading title="API keys" />;
}
