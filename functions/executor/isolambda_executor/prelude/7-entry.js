// The functions that the worker calls. An answer is one string: for a plain success the JSON of the result, which
// is neither copied here nor parsed by the worker; for all else a line break, and the outcome as JSON.
let userFunction;
let answer; // undefined while the execution runs
let goesOn = false; // whether the execution goes on after `run` has returned
let resultBytes = 0;
let execution = 0; // counts executions, to ignore callbacks of earlier ones
let looked = false; // whether the last look found nothing to run
let underway = 0; // compilations of WebAssembly that V8 still runs, each of which settles a promise

const NEVER_SETTLES = 'the promise that was returned can never settle: nothing is left to run';

const finish = (text) => {
  listening = false;
  timing = false;
  execution++;
  removeTimers();
  endOperations();
  answer = text;
  return answer;
};

const report = (ending) => finish(`\n${stringify(ending)}`);

// V8's messages when it cannot allocate a buffer.
const ALLOCATION_FAILURES = {
  __proto__: null,
  'Array buffer allocation failed': true,
  'ArrayBuffer.prototype.resize: Out of memory': true,
  'SharedArrayBuffer.prototype.grow: Out of memory': true,
  'WebAssembly.Memory(): could not allocate memory': true,
  'WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory for new instance': true,
  "WebAssembly.Memory.grow(): Unable to grow instance memory": true,
};
const isAllocationFailure = (thrown) =>
  isNativeError(thrown) && textOf(thrown, 'message') in ALLOCATION_FAILURES;

// Whether V8 itself refuses; the same error of a `toJSON` of user code has a place in the source.
const isTooLong = (thrown) => {
  if (!isNativeError(thrown) || textOf(thrown, 'message') !== 'Invalid string length') return false;
  stackOf(thrown);
  return Place.lineOf(thrown) === undefined;
};

const fail = (outcome, thrown) => {
  thrownByExecution[0] = thrown;
  const error = describe(thrown);
  return report({ __proto__: null, outcome: isAllocationFailure(thrown) ? 'exceeded_memory' : outcome, error });
};

const succeed = (value) => {
  let text;
  try {
    text = stringify(value);
  } catch (thrown) {
    // V8 makes no string of more than half a gigabyte, which a sparse array can need.
    if (isTooLong(thrown)) return report({ __proto__: null, outcome: 'exceeded_result' });
    return fail('invalid_result', thrown);
  }
  if (text === undefined) {
    if (value === undefined) return report({ __proto__: null, outcome: 'ok' });
    const kind = typeof value;
    const what = kind === 'function' || kind === 'symbol' ? `a ${kind}` : 'what toJSON returned';
    return fail('invalid_result', new OriginalError(`${what} is not JSON`));
  }
  // Counting characters is free; the worker counts the bytes.
  if (text.length > resultBytes) {
    return report({ __proto__: null, outcome: 'exceeded_result', used: text.length });
  }
  return finish(text);
};

const settle = async (promise) => {
  const mine = execution;
  let value;
  try {
    value = await promise;
  } catch (thrown) {
    if (mine === execution) fail('exception', thrown);
    return;
  }
  if (mine === execution) succeed(value);
};

// A source may declare its own `context`, which then cannot be a parameter.
const compileAs = (Kind, parameters, body) => {
  try {
    return Kind(parameters, 'context', body);
  } catch {
    return Kind(parameters, body);
  }
};

// A source without `await` becomes a plain function, which does not pay for promises. So does one that uses
// `await` as a name, which is legal only there.
const compile = (source, script, parameters) => {
  const body = `${source}\n//# sourceURL=${script}`;
  if (includes(source, 'await')) {
    try {
      return compileAs(AsyncFunction, parameters, body);
    } catch (asAsync) {
      try {
        return compileAs(OriginalFunction, parameters, body);
      } catch {
        throw asAsync;
      }
    }
  }
  return compileAs(OriginalFunction, parameters, body);
};

// What leads outside is evaluated when code reads the property.
const defineReach = (context, name, open) => {
  const granted = context[name];
  let opened;
  defineProperty(context, name, { __proto__: null, get: () => opened ??= open(granted), enumerable: true });
};

// Parse it for each execution, so that none finds what another left in it. Spreading defines own properties,
// as `parse` does: no setter of user code sees them.
const contextOf = (at, length) => {
  const text = length ? charactersAt(at, length) : takeLarge('context');
  const context = { ...parse(text), deadline_ms: startedAt + requestNumbers[LEFT_MS] };
  if (hasOwn(context, 'kv')) defineReach(context, 'kv', (granted) => need('key_values').openKeyValues(granted));
  if (hasOwn(context, 'tools')) defineReach(context, 'tools', () => need('tools').openTools());
  return context;
};

// A source without any of these words makes no promise, except through `eval` or the like, `fetch`, or the body of a
// request or a response. The last two say so when they are called: most answers of HTTP functions are without promises.
const PROMISING = ['async', 'Async', 'await', 'Promise', 'import', '_imprt', 'WebAssembly', 'queueMicrotask', 'Stream',
  'subtle', 'Blob', 'File', 'kv', 'tools'];
// A source without any of these does not read its second argument; `\u` can hide a name. Parsing a context takes
// as long as most functions.
const LEADING_TO_CONTEXT = ['context', 'arguments', 'eval', '\\u'];
const includesAny = (source, words) => {
  for (let i = 0; i < words.length; i++) if (includes(source, words[i])) return true;
  return false;
};

// Promises settle only after `run` has returned: `rest` then reports the rejected ones.
const ended = (text) => {
  if (requestNumbers[MAKES_PROMISES] === 0) reportRejections();
  return text;
};

// Returns the answer of an execution that has ended, and releases it.
const take = () => {
  goesOn = false;
  reportRejections();
  const text = answer;
  answer = undefined;
  return text;
};

const NOT_COMPILED = '\r';
const MESSAGES = '\t'; // what hands them out begins with it, and no result does

// Returns the messages behind a line of the milliseconds until the next look, where that is known: mostly only a reply leads on.
const withMessages = (messages) => {
  looked = false;
  const onlyReplies = pendingOperations() > 0 && !operating.hasMessages() && queue.length === 0 && underway === 0 &&
    mapSize(rejections) === 0;
  return `${MESSAGES}${onlyReplies ? -2 : 0}\n${messages}`;
};

// Returns the answer, messages, or the milliseconds until the next look unless a reply comes: -1 while V8 compiles, -2 if
// only a reply leads on.
const look = () => {
  if (answer !== undefined) return take();
  const messages = operating?.handOut();
  if (messages !== undefined) return withMessages(messages);
  if (tellRejections()) return 0;
  const wait = runTimer();
  if (underway > 0 && wait !== 0) return -1;
  looked &&= wait < 0 && pendingOperations() === 0;
  if (wait >= 0) return wait;
  if (pendingOperations() > 0) return -2;
  // V8 finishes its tasks of one look before the next.
  if (looked) {
    fail('exception', new OriginalError(NEVER_SETTLES));
    return take();
  }
  looked = true;
  return 0;
};

// `features` is a string that contains the names of the function's features. Returns an empty string, or why it does not compile.
const loadAs = (compileSource, source, features) => {
  try {
    userFunction = compileSource(source);
  } catch (thrown) {
    return fail('exception', thrown);
  }
  if (includes(features, 'http')) {
    const http = need('http_function');
    userFunction = http.serve(userFunction);
    callFetch = http.callFetch;
  }
  const shared = includes(features, 'shared_array_buffer');
  if (shared) replaceGlobal('SharedArrayBuffer', OriginalSharedArrayBuffer);
  if (includes(features, 'webassembly')) later('webassembly').open(shared);
  if (includes(features, 'weak_references')) {
    replaceGlobal('FinalizationRegistry', OriginalFinalizationRegistry);
    replaceGlobal('WeakRef', OriginalWeakRef);
  }
  const hasTools = includes(features, 'tools');
  if (hasTools) {
    const own = userFunction;
    userFunction = (_, context) => own(context?.tools, context);
  }
  const { code, isModule } = linked ?? { __proto__: null, code: source, isModule: false };
  linked = undefined;
  requestNumbers[MAKES_PROMISES] = includesAny(code, PROMISING) ? 1 : 0;
  // The parameters of a module have the names that the author likes.
  const readsContext = isModule || includesAny(code, LEADING_TO_CONTEXT) || (hasTools && includes(code, 'tools'));
  requestNumbers[READS_CONTEXT] = readsContext ? 1 : 0;
  return '';
};

const entry = {
  // Loads the body of a function: of one with a `call`, or of code that has tools instead.
  load(source, features) {
    const parameter = includes(features, 'tools') ? 'tools' : 'call';
    return loadAs((body) => compile(body, SCRIPT, parameter), source, features);
  },
  // Loads what `compile` returned.
  load_modules(program, features) { return loadAs(linkModules, program, features); },
  compile: compileModules,

  // Evaluates what code with tools touches, before there is any.
  prepare_tools() {
    need('tools');
    later('operations');
  },

  memory: sharedMemory,
  from_worker: fromWorker,

  // Loads the program in the memory, which is the features, a line break and the body, and runs it. If it does not
  // compile, the answer begins with `NOT_COMPILED`, and no other does.
  begin() {
    const began = now();
    const program = programAtStart();
    const end = indexOf(program, '\n');
    const failure = entry.load(slice(program, end + 1), slice(program, 0, end));
    if (failure !== '') return `${NOT_COMPILED}${failure}`;
    requestNumbers[LEFT_MS] -= now() - began;
    return entry.run();
  },

  // Returns undefined while the result is a promise; `rest` then returns the answer.
  run() {
    const inputAt = requestNumbers[PROGRAM_LENGTH];
    const inputLength = requestNumbers[INPUT_LENGTH];
    const contextLength = requestNumbers[CONTEXT_LENGTH];
    resultBytes = requestNumbers[RESULT_BYTES];
    answer = undefined;
    goesOn = false;
    thrownByExecution.length = 0;
    underway = 0;
    looked = false;
    listen(requestNumbers[LOG_BYTES]);
    const call = parse(inputLength ? charactersAt(inputAt, inputLength) : takeLarge('input'));
    const context = requestNumbers[READS_CONTEXT] ? contextOf(inputAt + inputLength, contextLength) : undefined;
    timing = true;
    noting = true;
    let value;
    try {
      value = userFunction(call, context);
      if (typeof value === 'object' && value !== null && typeof value.then === 'function') {
        settle(value);
        goesOn = true;
        return undefined;
      }
    } catch (thrown) {
      return ended(fail('exception', thrown));
    }
    return ended(succeed(value));
  },

  // The worker posts it behind `run`, so that V8 runs it when no promise is left to settle. Shows that the isolate
  // still answers. If the execution goes on, looks at it as `look` does.
  rest() {
    if (goesOn) return look();
    take();
    return undefined;
  },

  // Takes a reply. The worker posts `rest` behind it, which finds what came of that.
  hear() {
    operating?.takeReply();
  },

  // Ends an execution that has no time left.
  stop() {
    take();
  },

  // Rejects a promise with the function that V8 calls for later rejections (`rejections.py`).
  watch() {
    rejected(OriginalPromise, noteRejection);
  },

  // Sets where the whole pages for console lines begin, which the worker replaces.
  write_at: writeAt,
};
return entry;
