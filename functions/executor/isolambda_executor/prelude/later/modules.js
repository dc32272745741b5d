// Links the modules of a function, which `module_compiler.js` has compiled: a function a file, and one object of its
// exports, which importers read whenever they use one. So bindings are live, and modules may import each other.
const ENDINGS = ['.ts', '.js', '.mts', '.mjs', '.json'];
const GeneratorFunction = (function* () {}).constructor;
const AsyncGeneratorFunction = (async function* () {}).constructor;
const resume = method(GeneratorFunction.prototype.prototype.next);
const resumeAsync = method(AsyncGeneratorFunction.prototype.prototype.next);
let entryModule;

// Returns the name of the file that a specifier means, or undefined. TypeScript writes `.js` for `.ts`. A package is a
// file in `node_modules`.
const resolveModule = (from, specifier, files) => {
  const isRelative = slice(specifier, 0, 2) === './' || slice(specifier, 0, 3) === '../';
  let folder = '';
  for (let end = indexOf(from, '/'), start = 0; end >= 0; start = end + 1, end = indexOf(from, '/', start)) {
    folder = slice(from, 0, end + 1);
  }
  let path = isRelative ? folder : 'node_modules/';
  for (let start = 0; start <= specifier.length;) {
    const slash = indexOf(specifier, '/', start);
    const end = slash < 0 ? specifier.length : slash;
    const part = slice(specifier, start, end);
    start = end + 1;
    if (part === '..') {
      if (path === '') return undefined;
      path = parentOf(path);
    } else if (part !== '.') {
      path += slash < 0 ? part : `${part}/`;
    }
  }
  if (path in files) return path;
  const length = path.length;
  const stem = slice(path, 0, length - 3);
  if (slice(path, length - 3) === '.js' && `${stem}.ts` in files) return `${stem}.ts`;
  if (slice(path, length - 4) === '.mjs' && `${slice(stem, 0, -1)}.mts` in files) return `${slice(stem, 0, -1)}.mts`;
  for (let i = 0; i < ENDINGS.length; i++) if (path + ENDINGS[i] in files) return path + ENDINGS[i];
  return undefined;
};

// Returns the folder above one that ends with a slash.
const parentOf = (folder) => {
  let parent = '';
  for (let at = 0, slash; (slash = indexOf(folder, '/', at)) >= 0 && slash < folder.length - 1; at = slash + 1) {
    parent = slice(folder, 0, slash + 1);
  }
  return parent;
};

// In a module `await` is a keyword: one that has the word may wait. A generator runs in two steps: the first makes
// its functions known, the second evaluates it.
const compileModule = ({ name, code, module }) => {
  const body = `${code}\n//# sourceURL=${name}`;
  if (!module) return compile(code, name, 'call,_imprt');
  const Kind = includes(code, 'await') ? AsyncGeneratorFunction : GeneratorFunction;
  return Kind('exports', 'require', '_imprt', body);
};

const setExport = (exports, name, value) =>
  defineProperty(exports, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });

const recordOf = (file) => {
  const { name, code, json, imports } = file;
  const exports = {};
  defineProperty(exports, '__esModule', { __proto__: null, value: true });
  defineProperty(exports, toStringTag, { __proto__: null, value: 'Module' });
  const isScript = code !== undefined;
  return {
    __proto__: null, name, json, imports: isScript ? imports : [], exports,
    evaluate: isScript ? compileModule(file) : undefined,
    waits: isScript && includes(code, 'await'),
    started: undefined, begun: false, done: false, pending: undefined, thrown: undefined,
  };
};

// Returns the modules that have to be evaluated for one, in order; they are linked.
const orderOf = (first) => {
  const order = list();
  const seen = { __proto__: null };
  const visit = (record) => {
    if (seen[record.name] || record.done) return;
    seen[record.name] = true;
    const { imports } = record;
    for (let i = 0; i < imports.length; i++) visit(modules[imports[i]]);
    order[order.length] = record;
  };
  visit(first);
  for (let i = 0; i < order.length; i++) linkModule(order[i]);
  return order;
};

const linkModule = (record) => {
  const { evaluate, exports, name, waits } = record;
  if (!evaluate || record.started) return;
  record.started = evaluate(exports, requireFrom(name), importFrom(name));
  if (waits) resumeAsync(record.started);
  else resume(record.started);
};

const requireFrom = (name) => (specifier) => {
  const found = resolveModule(name, `${specifier}`, modules);
  if (found === undefined) throw new OriginalTypeError(`no file of the function is '${specifier}'`);
  return modules[found].exports;
};

const importFrom = (name) => {
  const load = async (specifier) => {
    const found = resolveModule(name, `${specifier}`, modules);
    if (found === undefined) throw new OriginalTypeError(`no file of the function is '${specifier}'`);
    await evaluateInOrder(orderOf(modules[found]));
    return modules[found].exports;
  };
  load.meta = { __proto__: null, url: `file:///${name}` };
  return load;
};

// Returns a promise if the module waits.
const evaluateModule = (record) => {
  if (record.thrown !== undefined) throw record.thrown.value;
  if (record.begun) return record.pending;
  record.begun = true;
  if (!record.evaluate) {
    setExport(record.exports, 'default', parse(record.json));
  } else if (record.waits) {
    record.pending = doneAfter(record, resumeAsync(record.started));
    return record.pending;
  } else {
    try {
      resume(record.started);
    } catch (value) {
      record.thrown = { __proto__: null, value }; // for whatever else imports it in this execution
      throw value;
    }
  }
  record.done = true;
  return undefined;
};

const doneAfter = async (record, promise) => {
  await promise;
  record.done = true;
  record.pending = undefined;
};

const evaluateInOrder = async (order) => {
  for (let i = 0; i < order.length; i++) await evaluateModule(order[i]);
};

const callDefault = (call, context) => {
  const main = entryModule.exports.default;
  if (callFetch !== undefined && typeof main?.fetch === 'function') return callFetch(main, call, context);
  if (typeof main !== 'function') throw new OriginalTypeError(`${entryModule.name} has no function as its default export`);
  return main(call, context);
};

const callAfter = async (order, call, context) => {
  await evaluateInOrder(order);
  return callDefault(call, context);
};

// What failed or was cut off in an execution, the next one evaluates again.
const beginAgain = () => {
  for (const name in modules) {
    const record = modules[name];
    if (!record.done) record.begun = record.started = record.thrown = undefined;
  }
};

// The first execution evaluates the modules.
const callModules = (call, context) => {
  if (entryModule.done) return callDefault(call, context);
  beginAgain();
  const order = orderOf(entryModule);
  let waits = false;
  for (let i = 0; i < order.length; i++) waits ||= order[i].waits;
  if (waits) return callAfter(order, call, context);
  for (let i = 0; i < order.length; i++) evaluateModule(order[i]);
  return callDefault(call, context);
};

// Compiles all modules, and returns the function to call. The first file is the entry: a module, or as ever the
// body of a function, which can import when it is called.
const linkModules = (program) => {
  const { files } = parse(program);
  modules = { __proto__: null };
  placesOf = { __proto__: null };
  linked = { __proto__: null, code: '', isModule: files[0].module };
  for (let i = 0; i < files.length; i++) {
    const { name, code, map } = files[i];
    linked.code += `${code ?? ''}\n`;
    placesOf[name] = map ?? null;
    if (i > 0 || files[i].module) modules[name] = recordOf(files[i]);
  }
  if (files[0].module) {
    entryModule = modules[files[0].name];
    return callModules;
  }
  const body = compileModule(files[0]);
  const load = importFrom(files[0].name);
  return (call, context) => {
    beginAgain();
    return body(call, load, context);
  };
};

// Compiles the files of a function, [name, text] with the entry first; see `module_compiler.js`.
const compileModules = (source) => {
  const files = parse(source);
  const names = { __proto__: null };
  for (let i = 0; i < files.length; i++) names[files[i][0]] = true;
  return stringify(need('module_compiler').compile(
    files, (from, specifier) => resolveModule(from, specifier, names), compileModule,
  ));
};

return { __proto__: null, compileModules, linkModules };
