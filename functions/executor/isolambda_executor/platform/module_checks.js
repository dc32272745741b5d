// What a file of a function imports and exports, by its tokens, and the mistakes that sucrase lets pass.
const { TokenType } = need('vendor/sucrase');

const EXPORTED = /\bexports\.\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)|(?:\(exports,|, )'([^']+)'/gu;
const JSON_PLACE = /(?:,? in JSON)? at position (\d+).*$|, (?:\.\.\.)?".*" is not valid JSON$/s;
const JSON_END = /^(?:Unexpected end|Unterminated string)/;
const {
  _const, _declare, _export, _import, _let, _var, at: atSign, braceL, braceR, bracketL, bracketR, comma, dot, eq,
  name: identifier, parenL, parenR, string,
} = TokenType;

// A mistake in a file of the author's; without an offset it concerns the file as a whole.
class Problem extends Error {
  constructor(message, offset) {
    super(message);
    this.offset = offset;
  }
}

const isTypeScript = (file) => file.endsWith('.ts') || file.endsWith('.mts');

const isModule = (tokens) => {
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i].type === _export) return true;
    if (tokens[i].type === _import && tokens[i + 1]?.type !== parenL) return true;
  }
  return false;
};

// Yields the text and the offset of each specifier that stands in the code.
const specifiersOf = function* (text, tokens, importProcessor) {
  const valueOf = (token) => text.slice(token.start + 1, token.end - 1);
  const static_ = new Set();
  for (const path of importProcessor.importInfoByPath.keys()) {
    if (importProcessor.importsToReplace.get(path) !== '') static_.add(path);
  }
  for (let i = 1; i < tokens.length; i++) {
    if (tokens[i].type !== string) continue;
    const before = tokens[i - 1];
    const isFrom = before.type === _import || (before.type === identifier && text.slice(before.start, before.end) === 'from');
    const specifier = valueOf(tokens[i]);
    if (isFrom && static_.delete(specifier)) yield { specifier, offset: tokens[i].start, waits: true };
    const ends = tokens[i + 1]?.type;
    if (before.type !== parenL || i < 2 || (ends !== parenR && ends !== comma)) continue;
    const isImport = tokens[i - 2].type === _import;
    const isRequired = i > 4 && tokens[i - 5].type === _import && tokens[i - 3].type === eq;
    if (isImport || isRequired) yield { specifier, offset: tokens[i].start, waits: isRequired };
  }
};

// Yields what a file imports by name from others: the specifier, the name, and where that stands. What only types
// need is not there; a name that TypeScript exports again may be a type.
const importedNames = function* (file, text, tokens, importProcessor) {
  const typed = isTypeScript(file);
  for (const [specifier, info] of importProcessor.importInfoByPath) {
    const names = [
      ...info.defaultNames.map((localName) => ({ importedName: 'default', localName })),
      ...info.namedImports,
      ...(typed ? [] : info.namedExports.map(({ importedName }) => ({ importedName }))),
    ];
    for (const { importedName, localName } of names) {
      if (localName !== undefined && importProcessor.shouldAutomaticallyElideImportedName(localName)) continue;
      const words = [importedName, localName];
      const token = tokens.find(({ start, end }) => words.includes(text.slice(start, end)));
      yield { specifier, name: importedName, offset: token?.start };
    }
  }
};

// Returns the names that emitted code exports, or more: never fewer.
const exportedNames = ({ code, json }) => {
  if (json !== undefined) return new Set(['default']);
  return new Set(Array.from(code.matchAll(EXPORTED), ([, direct, defined]) => direct ?? defined));
};

// Throws if a file imports a name that another does not have.
const checkNames = (emitted, files, resolve) => {
  const has = (name, wanted, seen) => {
    if (seen.has(name)) return false;
    seen.add(name);
    const { names, stars } = files.get(name);
    return names.has(wanted) || (wanted !== 'default' && stars.some((star) => has(resolve(name, star), wanted, seen)));
  };
  for (const { specifier, name, offset } of emitted.wanted ?? []) {
    const from = resolve(emitted.name, specifier);
    if (!has(from, name, new Set())) throw new Problem(`${from} has no export '${name}'`, offset);
  }
};

// Sucrase leaves namespaces out as if they were types.
const refuseNamespaces = (text, tokens) => {
  for (let i = 0; i + 2 < tokens.length; i++) {
    const { start, end, isType } = tokens[i];
    const word = text.slice(start, end);
    if (!isType || (word !== 'namespace' && word !== 'module') || tokens[i - 1]?.type === _declare) continue;
    if (tokens[i + 1].type !== identifier || (tokens[i + 2].type !== braceL && tokens[i + 2].type !== dot)) continue;
    throw new Problem(`a ${word} of TypeScript is not compiled: use a module`, start);
  }
};

// Neither sucrase nor V8 knows what they do.
const refuseDecorators = (tokens) => {
  const decorator = tokens.find(({ type }) => type === atSign);
  if (decorator) throw new Problem('decorators are not compiled: call the function yourself', decorator.start);
};

// Sucrase exports the first variable of a statement alone.
const refuseSeveralVariables = (tokens) => {
  for (let i = 0; i + 2 < tokens.length; i++) {
    if (tokens[i].type !== _export || ![_var, _let, _const].includes(tokens[i + 1].type)) continue;
    let at = i + 2;
    for (let depth = 0; at < tokens.length; at++) {
      const { type } = tokens[at];
      if (type === braceL || type === bracketL) depth++;
      else if (type === braceR || type === bracketR) depth--;
      if (depth === 0) break;
    }
    do at++; while (tokens[at]?.isType);
    if (tokens[at]?.type === eq) at = tokens[at].rhsEndIndex;
    if (tokens[at]?.type === comma) throw new Problem('export one variable with each statement', tokens[at + 1].start);
  }
};

// V8 names the place of some mistakes alone: the shortest beginning with a mistake that more text cannot mend ends there.
const checkJson = (text) => {
  const faultIn = (length) => {
    try {
      JSON.parse(text.slice(0, length));
    } catch ({ message }) {
      const position = / at position (\d+)/.exec(message)?.[1];
      if (!JSON_END.test(message) && (position === undefined || Number(position) < length)) return message;
    }
    return undefined;
  };
  try {
    JSON.parse(text);
  } catch ({ message }) {
    let [good, bad] = [0, text.length + 1];
    while (bad - good > 1) {
      const length = (good + bad) >> 1;
      if (faultIn(length) === undefined) good = length;
      else bad = length;
    }
    throw new Problem(message.replace(JSON_PLACE, ''), good);
  }
};

return {
  __proto__: null, Problem, checkJson, checkNames, exportedNames, importedNames, isModule, isTypeScript, refuseDecorators,
  refuseNamespaces, refuseSeveralVariables, specifiersOf,
};
