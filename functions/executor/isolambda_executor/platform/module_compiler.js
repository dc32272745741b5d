// Turns the modules of a function into what the prelude links (6-modules.js), when the function is saved: TypeScript
// becomes JavaScript, imports and exports become uses of `require` and `exports`. Lines stay where they are.
const {
  CJSImportProcessor, HelperManager, NameManager, RootTransformer, State, TokenProcessor, TokenType,
  identifyShadowedGlobals, parse,
} = need('vendor/sucrase');

const DYNAMIC_IMPORT = '_imprt'; // as long as `import`, so that columns stay
const STRICT = '"use strict";';
const MARK = 'Object.defineProperty(exports, "__esModule", {value: true});'; // the prelude makes it
const EXPORT_IN_LIST = /exports\.(\S+) = ([^;]+);/g;
const NO_FUNCTION = 'the module has no default export, which would be the function';
const EXPORTED = /\bexports\.\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)|(?:\(exports,|, )'([^']+)'/gu;
const LINE_END = /\r\n|[\n\r\u2028\u2029]/g;
const JSON_PLACE = /(?:,? in JSON)? at position (\d+).*$|, (?:\.\.\.)?".*" is not valid JSON$/s;
const JSON_END = /^(?:Unexpected end|Unterminated string)/;
const PLACE = / \(\d+:\d+\)$/;
const {
  _const, _declare, _default, _export, _function, _import, _let, _var, braceL, braceR, bracketL, bracketR, comma, dot, eq,
  name: identifier, parenL, parenR, questionDot, star, string,
} = TokenType;

// The parser tries a text as one thing, then as another, and says where the last failed. An author means the attempt
// that came furthest.
let furthest;
Object.defineProperty(State.prototype, 'error', {
  get() { return this.failed ?? null; },
  set(error) {
    this.failed = error;
    if (error && error.pos >= (furthest?.pos ?? 0)) furthest = error;
  },
});
const parseText = (text, typed) => {
  furthest = undefined;
  try {
    return parse(text, false, typed, false);
  } catch (thrown) {
    throw furthest ?? thrown;
  }
};

// A mistake in a file of the author's; without an offset it concerns the file as a whole.
class Problem extends Error {
  constructor(message, offset) {
    super(message);
    this.offset = offset;
  }
}

const isTypeScript = (file) => file.endsWith('.ts') || file.endsWith('.mts');

const lineStarts = (text) => [0, ...Array.from(text.matchAll(LINE_END), (end) => end.index + end[0].length)];

// Returns a function from offsets, which must not fall, to [line, column].
const places = (text) => {
  const starts = lineStarts(text);
  let line = 0;
  return (offset) => {
    while (line + 1 < starts.length && starts[line + 1] <= offset) line++;
    return [line + 1, offset - starts[line] + 1];
  };
};

// What the transformers of sucrase work on (its own `getSucraseContext`, which it does not export).
const contextOf = (text, options) => {
  const typed = options.transforms.includes('typescript');
  const { tokens, scopes } = parseText(text, typed);
  const nameManager = new NameManager(text, tokens);
  const helperManager = new HelperManager(nameManager);
  const tokenProcessor = new TokenProcessor(text, tokens, false, true, helperManager);
  const importProcessor = new CJSImportProcessor(nameManager, tokenProcessor, true, options, typed, false, helperManager);
  importProcessor.preprocessTokens();
  identifyShadowedGlobals(tokenProcessor, scopes, importProcessor.getGlobalNames());
  if (typed) importProcessor.pruneTypeOnlyImports();
  return { tokens, scopes, nameManager, helperManager, tokenProcessor, importProcessor };
};

// The map from the emitted code to the author's: line, column, author's line, author's column for each change of the
// distance between the two. A line begins with none. A negative column holds for all until the next.
const mapOf = (text, tokens, code, offsets) => {
  const map = [];
  const placeIn = places(text);
  const placeOut = places(code);
  let [last, lines, columns, fixed] = [0, 0, 0, false];
  let highest = 0;
  for (let i = 0; i < tokens.length; i++) {
    const offset = offsets[i];
    const isLeftOut = offset === offsets[i + 1];
    if (offset === undefined || isLeftOut || offset < highest) continue;
    highest = offset;
    const { start, end } = tokens[i];
    const [outLine, outColumn] = placeOut(offset);
    const [line, column] = placeIn(start);
    if (outLine !== last) [last, lines, columns, fixed] = [outLine, 0, 0, false];
    const replaced = !code.startsWith(text.slice(start, end), offset);
    if (!replaced && !fixed && line - outLine === lines && column - outColumn === columns) continue;
    [lines, columns, fixed] = [line - outLine, column - outColumn, replaced];
    map.push(outLine, outColumn, line, replaced ? -column : column);
  }
  return map;
};

// Functions exist before their module is evaluated: what stands before the `yield` runs when modules are linked.
const hoistedExports = (text, tokens) => {
  let hoisted = '';
  for (let i = 0; i + 2 < tokens.length; i++) {
    if (tokens[i].type !== _export) continue;
    const isDefault = tokens[i + 1].type === _default;
    let at = isDefault ? i + 2 : i + 1;
    if (tokens[at].type === identifier && tokens[at].contextualKeyword && text.startsWith('async', tokens[at].start)) at++;
    if (tokens[at]?.type !== _function) continue;
    at++;
    if (tokens[at]?.type === star) at++;
    const declared = tokens[at];
    if (declared?.type !== identifier) continue;
    // Overloads of TypeScript have no body; the declaration with one has the same name.
    const local = text.slice(declared.start, declared.end);
    hoisted += `exports.${isDefault ? 'default' : local}=${local};`;
  }
  return hoisted;
};

// Sucrase exports what `export { x as y }` names where that stands, which may be above its declaration. Has it emit
// nothing there, and returns a function that says what to define when modules are linked.
const deferExportLists = (transformer) => {
  const lists = [];
  const process = transformer.processExportBindings;
  transformer.processExportBindings = function () {
    this.tokens.appendCode = (code) => { lists.push(code); };
    process.call(this);
    delete this.tokens.appendCode;
  };
  return () => Array.from(lists.join(' ').matchAll(EXPORT_IN_LIST), ([, name, value]) =>
    `Object.defineProperty(exports,'${name}',{get:()=>${value},set(){},enumerable:true,configurable:true});`).join('');
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

const isModule = (tokens) => {
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i].type === _export) return true;
    if (tokens[i].type === _import && tokens[i + 1]?.type !== parenL) return true;
  }
  return false;
};

// Sucrase leaves `import()` and `import.meta`, which V8 takes in modules of its own alone.
const withOwnImport = (text, tokens, code, offsets) => {
  let result = '';
  let end = 0;
  for (let i = 0; i + 1 < tokens.length; i++) {
    const { start, type } = tokens[i];
    const next = tokens[i + 1].type;
    if (!text.startsWith('import', start) || tokens[i].end - start !== 6 || offsets[i] === undefined) continue;
    const follows = i > 0 && (tokens[i - 1].type === dot || tokens[i - 1].type === questionDot);
    if (follows || !((type === _import && next === parenL) || next === dot)) continue;
    result += code.slice(end, offsets[i]) + DYNAMIC_IMPORT;
    end = offsets[i] + 6;
  }
  return result + code.slice(end);
};

const compileScript = (file, text, isEntry, resolve) => {
  const transforms = isTypeScript(file) ? ['typescript', 'imports'] : ['imports'];
  const options = {
    transforms, disableESTransforms: true, enableLegacyTypeScriptModuleInterop: true, preserveDynamicImport: true,
  };
  const context = contextOf(text, options);
  const { tokens, importProcessor } = context;
  const imports = [];
  for (const { specifier, offset, waits } of specifiersOf(text, tokens, importProcessor)) {
    const found = resolve(file, specifier);
    if (found === undefined) throw new Problem(whyNot(specifier), offset);
    if (waits) imports.push(found);
  }
  const module = !isEntry || isModule(tokens);
  if (isTypeScript(file)) refuseNamespaces(text, tokens);
  refuseSeveralVariables(tokens);
  const root = new RootTransformer(context, transforms, false, options);
  const transformer = root.transformers.find(({ processExportBindings }) => processExportBindings);
  const exportsInLists = deferExportLists(transformer);
  const transformed = root.transform();
  if (isEntry && module && !transformer.hadDefaultExport) throw new Problem(NO_FUNCTION);
  const head = STRICT + (module ? `${hoistedExports(text, tokens)}${exportsInLists()}yield;` : '');
  const cut = transformed.code.startsWith(MARK, STRICT.length) ? STRICT.length + MARK.length : STRICT.length;
  const offsets = transformed.mappings.map((offset) => offset === undefined ? undefined : offset + head.length - cut);
  const code = withOwnImport(text, tokens, head + transformed.code.slice(cut), offsets);
  return {
    code, imports, map: mapOf(text, tokens, code, offsets), module,
    wanted: [...importedNames(file, text, tokens, importProcessor)],
    stars: [...importProcessor.importInfoByPath].filter(([, info]) => info.hasStarExport).map(([path]) => path),
  };
};

const whyNot = (specifier) => /^\.\.?\//.test(specifier)
  ? `no file of the function is '${specifier}'`
  : `'${specifier}' is not a file of the function: bundle packages into it, for example by esbuild`;

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

const compileFile = (name, text, isEntry, resolve) => {
  if (name.endsWith('.json')) {
    checkJson(text);
    return { name, json: text };
  }
  return { name, ...compileScript(name, text, isEntry, resolve) };
};

const problemOf = (file, text, thrown) => {
  const offset = thrown.offset ?? thrown.pos;
  const message = `${thrown.message}`.replace(PLACE, '');
  if (offset === undefined) return { file, message };
  const [line, column] = places(text)(offset);
  return { file, message, line, column };
};

// `files` are [name, text], the first is the entry. `resolve(from, specifier)` returns the name of a file or
// undefined; `check(file, code)` throws what V8 finds wrong with emitted code.
const compile = (files, resolve, check) => {
  const texts = new Map(files);
  const compiled = [];
  const problems = [];
  for (const [name, text] of files) {
    let emitted;
    try {
      emitted = compileFile(name, text, name === files[0][0], resolve);
    } catch (thrown) {
      problems.push(problemOf(name, text, thrown));
      continue;
    }
    try {
      if (emitted.code !== undefined) check(emitted);
      compiled.push(emitted);
    } catch ({ message }) {
      problems.push({ file: name, message, code: emitted.code, map: emitted.map, module: emitted.module });
    }
  }
  if (problems.length === 0) {
    const others = new Map(compiled.map((file) => [file.name, { names: exportedNames(file), stars: file.stars ?? [] }]));
    for (const file of compiled) {
      try {
        checkNames(file, others, resolve);
      } catch (thrown) {
        problems.push(problemOf(file.name, texts.get(file.name), thrown));
      }
    }
  }
  if (problems.length > 0) return { problems };
  return { compiled: { files: compiled.map(({ wanted, stars, ...file }) => file) } };
};

return { __proto__: null, compile };
