// Each view is a chunk of its own, fetched when it is first opened.

import type { ComponentType } from 'preact';

import type { ViewName } from '../router';

export interface ViewProps {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

export const VIEWS: Readonly<Record<ViewName, () => Promise<ComponentType<ViewProps>>>> = {
  functions: async () => (await import('./functions')).Functions,
  function: async () => (await import('./function')).Function,
  versions: async () => (await import('./versions')).Versions,
  calls: async () => (await import('./calls')).Calls,
  executions: async () => (await import('./executions')).Executions,
  execution: async () => (await import('./execution')).Execution,
  approvals: async () => (await import('./approvals')).Approvals,
  triggers: async () => (await import('./triggers')).Triggers,
  secrets: async () => (await import('./secrets')).Secrets,
  keys: async () => (await import('./keys')).Keys,
  usage: async () => (await import('./usage')).Usage,
  lost: async () => (await import('./lost')).Lost,
};
