// What a function has beside ECMAScript, read out of the declarations that the API serves for TypeScript.

export interface Declared {
  readonly name: string;
  readonly kind: 'class' | 'function' | 'variable' | 'namespace' | 'interface';
  /** Its type as it is written, or its arguments and what it returns. */
  readonly detail: string;
  readonly about: string;
  readonly members: readonly Member[];
  readonly bases: readonly string[];
}

export interface Member {
  readonly name: string;
  readonly kind: 'method' | 'property';
  readonly detail: string;
  readonly about: string;
  readonly isStatic: boolean;
}

interface Open {
  readonly members: Member[];
  readonly isNamespace: boolean;
}

const DECLARATION =
  /^(?:declare )?(const|var|let|function|class|interface|namespace) (\w+)(?:<[^>]*>)?(?: extends ([\w, ]+?))?\s*(.*)$/;
const MEMBER = /^ {2}(static )?(?:readonly |get |set |function |var )*(\w+)\??(?:<[^(]*>)?([(:].*?);?$/;
const COMMENT = /^\s*\/\*\* (.*?) \*\/$/;
const UNSEEN = new Set(['constructor', 'private', 'prototype']);

/** Read declarations as `isolambda.d.ts` is written: one on a line, members two spaces in. */
export function declarationsOf(text: string): ReadonlyMap<string, Declared> {
  const found = new Map<string, Declared>();
  let about = '';
  let open: Open | null = null;
  for (const line of text.split('\n')) {
    const comment = COMMENT.exec(line);
    if (comment) {
      about = comment[1]!;
      continue;
    }
    const member = open && MEMBER.exec(line);
    const declared = DECLARATION.exec(line);
    if (member) open!.members.push(memberOf(member, about, open!.isNamespace));
    else if (declared) open = declare(found, declared, about);
    about = '';
  }
  return found;
}

/** Return the members that `path` (`context`, `kv`) has, or null where its type is not known. */
export function membersAt(declared: ReadonlyMap<string, Declared>, path: readonly string[]): readonly Member[] | null {
  const [first, ...rest] = path;
  const root = declared.get(first ?? '');
  if (!root) return null;
  let members =
    root.kind === 'variable'
      ? membersOf(declared, typeIn(root.detail), false)
      : membersOf(declared, root.name, root.kind !== 'interface');
  for (const name of rest) {
    const member = members?.find((each) => each.name === name);
    if (!member || member.kind === 'method') return null;
    members = membersOf(declared, typeIn(member.detail), false);
  }
  return members;
}

function membersOf(declared: ReadonlyMap<string, Declared>, name: string, isStatic: boolean): Member[] | null {
  const type = declared.get(name);
  if (!type) return null;
  const own = type.members.filter((member) => member.isStatic === isStatic);
  const inherited = type.bases.flatMap((base) => membersOf(declared, base, isStatic) ?? []);
  const names = new Set(own.map((member) => member.name));
  return [...own, ...inherited.filter((member) => !names.has(member.name))];
}

function declare(found: Map<string, Declared>, match: RegExpExecArray, about: string): Open {
  const [, word = '', name = '', bases = '', rest = ''] = match;
  const kind = word === 'const' || word === 'var' || word === 'let' ? 'variable' : (word as Declared['kind']);
  const members: Member[] = [];
  const before = found.get(name);
  // A class and a namespace of one name are one thing.
  found.set(name, {
    name,
    kind: before?.kind ?? kind,
    detail: rest.replace(/;$|\{$/, '').trim(),
    about: before?.about || about,
    members: before ? Object.assign(members, before.members) : members,
    bases: bases ? bases.split(',').map((base) => base.trim()) : before?.bases ?? [],
  });
  return { members, isNamespace: kind === 'namespace' };
}

function memberOf([, still, name, rest]: RegExpExecArray, about: string, isNamespace: boolean): Member {
  return {
    name: name!,
    kind: rest!.startsWith('(') ? 'method' : 'property',
    detail: rest!.replace(/^:\s*/, ''),
    about,
    isStatic: isNamespace || still !== undefined,
  };
}

function typeIn(detail: string): string {
  return /^:?\s*(?:Readonly<)?(\w+)/.exec(detail)?.[1] ?? '';
}

export function isSeen(name: string): boolean {
  return !UNSEEN.has(name);
}
