// What the worker calls. An answer is one string: a line of JSON that says how it went (empty for
// a plain success), and below it the result's own JSON, which nobody parses again.
let userFunction;
let answer; // undefined while the execution is under way
let resultBytes = 0;
let execution = 0; // counts executions: what belongs to an earlier one is dead
let makesPromises = false; // whether the source has a word that makes some
let underway = 0; // what V8 compiles meanwhile, which may settle a promise
let looked = false; // whether nothing was left to run at the last look

const NEVER_SETTLES = 'the promise that was returned can never settle: nothing is left to run';

const finish = (report, result) => {
  listening = false;
  timing = false;
  execution++;
  removeTimers();
  answer = `${report ? stringify(report) : ''}\n${result}`;
  return answer;
};

// How V8 says that a buffer found no memory.
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

// V8's own refusal; user code's toJSON may throw the same, at a place in the source.
const isTooLong = (thrown) => {
  if (!isNativeError(thrown) || textOf(thrown, 'message') !== 'Invalid string length') return false;
  stackOf(thrown);
  return Place.lineOf(thrown) === undefined;
};

const fail = (outcome, thrown) => {
  told[0] = thrown;
  const report = { __proto__: null, outcome, error: describe(thrown) };
  if (isAllocationFailure(thrown)) report.outcome = 'exceeded_memory';
  return finish(report, '');
};

const succeed = (value) => {
  let text;
  try {
    text = stringify(value);
  } catch (thrown) {
    // V8 makes no text of more than half a gigabyte, which an array without elements may ask for.
    if (isTooLong(thrown)) return finish({ __proto__: null, outcome: 'exceeded_result' }, '');
    return fail('invalid_result', thrown);
  }
  if (text === undefined) {
    if (value === undefined) return finish({ __proto__: null, outcome: 'ok', empty: true }, '');
    const kind = typeof value;
    const what = kind === 'function' || kind === 'symbol' ? `a ${kind}` : 'what toJSON returned';
    return fail('invalid_result', new OriginalError(`${what} is not JSON`));
  }
  // Characters are counted here, for nothing; the worker counts the bytes as the text crosses.
  if (text.length > resultBytes) {
    return finish({ __proto__: null, outcome: 'exceeded_result', used: text.length }, '');
  }
  return finish(undefined, text);
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

// A source may declare a `context` of its own, which no parameter can have the name of.
const compileAs = (Kind, body) => {
  try {
    return Kind('call', 'context', body);
  } catch {
    return Kind('call', body);
  }
};

// `await` is a word of the language only in an async function; a source that never says it is not
// made one, and never pays for promises. One that says it as a name of its own is no async function.
const compile = (source) => {
  const body = `${source}\n//# sourceURL=${SCRIPT}`;
  if (includes(source, 'await')) {
    try {
      return compileAs(AsyncFunction, body);
    } catch (asAsync) {
      try {
        return compileAs(OriginalFunction, body);
      } catch {
        throw asAsync;
      }
    }
  }
  return compileAs(OriginalFunction, body);
};

// Parsed for each execution, so that none finds what another left in it.
const contextOf = (text, leftMs) =>
  defineProperty(parse(text), 'deadline_ms', {
    __proto__: null, value: startedAt + leftMs, writable: true, configurable: true, enumerable: true,
  });

// Memory of WebAssembly, made here or inside a module, gives its buffer to nobody if it is shared.
const refuseSharedMemory = () => {
  const { Memory } = OriginalWebAssembly;
  const bufferOf = getter(Memory.prototype, 'buffer');
  const unshared = (buffer) => {
    try {
      sharedLength(buffer);
    } catch {
      return buffer;
    }
    throw new OriginalTypeError('shared memory needs the feature shared_array_buffer');
  };
  defineProperty(Memory.prototype, 'buffer', {
    __proto__: null, get: { buffer() { return unshared(bufferOf(this)); } }.buffer, enumerable: true, configurable: true,
  });
  delete Memory.prototype.toFixedLengthBuffer;
  delete Memory.prototype.toResizableBuffer;
  OriginalWebAssembly.Memory = new Proxy(Memory, {
    __proto__: null,
    construct(target, values, newTarget) {
      const memory = construct(target, values, newTarget);
      unshared(bufferOf(memory));
      return memory;
    },
  });
};

// Compilations are counted: no timer tells that they are still to come.
const counted = async (original, values) => {
  const mine = execution;
  underway++;
  try {
    return await apply(original, OriginalWebAssembly, values);
  } finally {
    if (mine === execution) underway--;
  }
};

const countCompilations = () => {
  const { compile, instantiate } = OriginalWebAssembly;
  OriginalWebAssembly.compile = {
    compile(bytes, options = undefined) { return counted(compile, [bytes, options]); },
  }.compile;
  OriginalWebAssembly.instantiate = {
    instantiate(bytes, imports = undefined, options = undefined) {
      return counted(instantiate, [bytes, imports, options]);
    },
  }.instantiate;
};

// Without one of these words a source makes no promise, but by a detour through `eval` or the like.
const PROMISING = ['async', 'Async', 'await', 'Promise', 'import', 'WebAssembly'];
const hasPromisingWord = (source) => {
  for (let i = 0; i < PROMISING.length; i++) if (includes(source, PROMISING[i])) return true;
  return false;
};

// Promises that are there come to rest only when `run` has returned: the worker has them told then.
const ended = (text) => {
  if (!makesPromises) tellRejections();
  return text;
};

const entry = {
  // `features` is a text in which the names of what the function asked for are found.
  load(source, features) {
    try {
      userFunction = compile(source);
    } catch (thrown) {
      return fail('exception', thrown);
    }
    const shared = includes(features, 'shared_array_buffer');
    if (shared) install('SharedArrayBuffer', OriginalSharedArrayBuffer);
    if (includes(features, 'webassembly')) {
      if (!shared) refuseSharedMemory();
      countCompilations();
      install('WebAssembly', OriginalWebAssembly);
    }
    if (includes(features, 'weak_references')) {
      install('FinalizationRegistry', OriginalFinalizationRegistry);
      install('WeakRef', OriginalWeakRef);
    }
    makesPromises = hasPromisingWord(source);
    return makesPromises ? '\npromises' : '\n';
  },

  // Where a large input is put: it need not be compiled as part of a script.
  large: { __proto__: null, input: '' },

  // Answers undefined while the result is a promise: `poll` then tells.
  run(input, contextText, leftMs, maxResultBytes, maxLogBytes) {
    resultBytes = maxResultBytes;
    answer = undefined;
    told.length = 0;
    underway = 0;
    looked = false;
    listen(maxLogBytes);
    const call = parse(input || entry.large.input);
    entry.large.input = '';
    const context = contextOf(contextText, leftMs);
    timing = true;
    noting = true;
    let value;
    try {
      value = userFunction(call, context);
      if (typeof value === 'object' && value !== null && typeof value.then === 'function') {
        settle(value);
        return undefined;
      }
    } catch (thrown) {
      return ended(fail('exception', thrown));
    }
    return ended(succeed(value));
  },

  // The answer, or the milliseconds until the next look; -1 where V8 is at work and says not how long.
  poll() {
    if (answer !== undefined) {
      tellRejections();
      return answer;
    }
    const wait = runTimer();
    if (underway > 0 && wait !== 0) return -1;
    looked &&= wait < 0;
    if (wait >= 0) return wait;
    // What V8 had to do at one look is done at the next.
    if (looked) {
      fail('exception', new OriginalError(NEVER_SETTLES));
      tellRejections();
      return answer;
    }
    looked = true;
    return 0;
  },

  // For an execution that was stopped, or whose promises come to rest after its end.
  tell() {
    tellRejections();
    answer = undefined;
  },

  // V8 learns which function to tell of rejected promises: it is the reason of the first one.
  watch() {
    rejected(OriginalPromise, noteRejection);
  },

  // Nothing but the word that the isolate still answers; what it answered last is let go.
  rest() {
    answer = undefined;
  },

  // Memory of which the worker puts a part elsewhere, and where that part begins.
  console: consoleMemory,
  write_at: writeAt,
};
return entry;
