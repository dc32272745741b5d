// Turns the modules of a function into what the prelude links (later/modules.js), when the function is saved: TypeScript
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
const LINE_END = /\r\n|[\n\r\u2028\u2029]/g;
const PLACE = / \(\d+:\d+\)$/;
const {
  Problem, checkJson, checkNames, exportedNames, importedNames, isModule, isTypeScript, refuseDecorators,
  refuseNamespaces, refuseSeveralVariables, specifiersOf,
} = need('module_checks');
const { _default, _export, _function, _import, dot, name: identifier, parenL, questionDot, star } = TokenType;

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

// A first line that begins with `#!` is a comment, but not behind what the emitted code begins with.
const withoutHashbang = (text) => (text.startsWith('#!') ? `//${text.slice(2)}` : text);

const compileScript = (file, written, isEntry, resolve) => {
  const text = withoutHashbang(written);
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
  refuseDecorators(tokens);
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
