// What the editor offers: the globals of a function, their members, and the built-ins of ECMAScript.

import type { Completion, CompletionContext, CompletionResult, CompletionSource } from '@codemirror/autocomplete';
import { completionPath, scopeCompletionSource } from '@codemirror/lang-javascript';

import { callMembersAt, inputSchema } from './call_members';
import { declarationsOf, isSeen, membersAt, type Declared, type Member } from './declarations';

const DECLARATIONS = 'types/isolambda.d.ts';

let asked: Promise<ReadonlyMap<string, Declared>> | null = null;

// A page has more globals than a function; these both have.
const builtIns = scopeCompletionSource({
  Array, ArrayBuffer, BigInt, Boolean, DataView, Date, Error, Infinity, Intl, JSON, Map, Math, NaN, Number, Object, Promise, Proxy,
  RangeError, Reflect, RegExp, Set, String, Symbol, SyntaxError, TypeError, Uint8Array, WeakMap, WeakSet,
  decodeURIComponent, encodeURIComponent, isFinite, isNaN, parseFloat, parseInt, undefined,
});

async function ofFunctions(context: CompletionContext): Promise<CompletionResult | null> {
  const at = completionPath(context);
  if (!at || (at.path.length === 0 && !at.name && !context.explicit)) return null;
  const declared = await declarations();
  const options = at.path.length === 0 ? globals(declared) : (membersOf(context, declared, at.path) ?? []).map(ofMember);
  if (options.length === 0) return null;
  return { from: startOfWord(context), options, validFor: /^[\w$]*$/ };
}

function membersOf({ state }: CompletionContext, declared: ReadonlyMap<string, Declared>, path: readonly string[]) {
  return path[0] === 'call' ? callMembersAt(state.field(inputSchema, false), path) : membersAt(declared, path);
}

// The library takes the whole word for typed, also what is behind the cursor.
async function ofLanguage(context: CompletionContext): Promise<CompletionResult | null> {
  const found = await builtIns(context);
  return found && { ...found, from: startOfWord(context) };
}

export const completionSources: readonly CompletionSource[] = [ofFunctions, ofLanguage];

function startOfWord(context: CompletionContext): number {
  return context.matchBefore(/[\w$]*/)?.from ?? context.pos;
}

/** What the API declares of functions; asked for once. */
export function declarations(): Promise<ReadonlyMap<string, Declared>> {
  asked ??= fetch(DECLARATIONS, { credentials: 'omit' })
    .then((response) => (response.ok ? response.text() : Promise.reject()))
    .then(declarationsOf)
    .catch(() => {
      asked = null;
      return new Map<string, Declared>();
    });
  return asked;
}

function globals(declared: ReadonlyMap<string, Declared>): Completion[] {
  return [...declared.values()]
    .filter(({ kind }) => kind !== 'interface')
    .map(({ name, kind, detail, about }) => ({
      label: name,
      type: kind,
      ...(detail ? { detail: short(detail) } : {}),
      ...(about ? { info: about } : {}),
      boost: name === 'call' || name === 'context' ? 2 : 0,
    }));
}

function ofMember({ name, kind, detail, about }: Member): Completion {
  return {
    label: name,
    type: kind,
    detail: short(detail),
    ...(about ? { info: about } : {}),
    boost: isSeen(name) ? 0 : -9,
  };
}

function short(detail: string): string {
  const type = detail.replace(/^:\s*/, '');
  return type.length > 60 ? `${type.slice(0, 59)}…` : type;
}
