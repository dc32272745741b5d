// What is declared of a name, while the pointer rests on it.

import { syntaxTree } from '@codemirror/language';
import type { EditorState } from '@codemirror/state';
import { hoverTooltip, type Tooltip } from '@codemirror/view';
import type { SyntaxNode } from '@lezer/common';

import { declarations } from './completion';
import { membersAt, type Declared } from './declarations';

export const hovers = hoverTooltip(async ({ state }, position, side): Promise<Tooltip | null> => {
  const node = syntaxTree(state).resolveInner(position, side);
  const path = pathOf(state, node);
  const said = path && tellOf(await declarations(), path);
  if (!said) return null;
  return { pos: node.from, end: node.to, above: true, create: () => ({ dom: shown(said) }) };
});

interface Said {
  readonly declaration: string;
  readonly about: string;
}

function tellOf(declared: ReadonlyMap<string, Declared>, path: readonly string[]): Said | null {
  const name = path.at(-1)!;
  if (path.length > 1) {
    const member = membersAt(declared, path.slice(0, -1))?.find((each) => each.name === name);
    return member ? { declaration: joined(name, member.detail), about: member.about } : null;
  }
  const found = declared.get(name);
  if (!found || found.kind === 'interface') return null;
  const word = found.kind === 'variable' ? '' : `${found.kind} `;
  return { declaration: word + joined(name, found.detail), about: found.about };
}

function joined(name: string, detail: string): string {
  if (!detail) return name;
  return /^[(:<]/.test(detail) ? `${name}${detail}` : `${name}: ${detail}`;
}

// `context.kv.get` as its three names; null for what is reached in any other way.
function pathOf(state: EditorState, node: SyntaxNode | null): string[] | null {
  if (node?.name === 'VariableName') return [state.sliceDoc(node.from, node.to)];
  const expression = node?.name === 'PropertyName' ? node.parent : node;
  if (expression?.name !== 'MemberExpression') return null;
  const name = expression.lastChild;
  const before = pathOf(state, expression.firstChild);
  return name?.name === 'PropertyName' && before ? [...before, state.sliceDoc(name.from, name.to)] : null;
}

function shown({ declaration, about }: Said): HTMLElement {
  const dom = document.createElement('div');
  const code = document.createElement('code');
  code.textContent = declaration;
  dom.className = 'declared';
  dom.append(code, ...(about ? [document.createElement('br'), about] : []));
  return dom;
}
