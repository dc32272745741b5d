// What the worker calls. An answer is one string: a line of JSON that says how it went (empty for
// a plain success), and below it the result's own JSON, which nobody parses again.
let userFunction;
let answer; // undefined while the execution is under way
let resultBytes = 0;

const finish = (report, result) => {
  listening = false;
  execution++;
  timers = { __proto__: null };
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

const fail = (outcome, thrown) => {
  const report = { __proto__: null, outcome, error: describe(thrown) };
  if (isAllocationFailure(thrown)) report.outcome = 'exceeded_memory';
  return finish(report, '');
};

const succeed = (value) => {
  let text;
  try {
    text = stringify(value);
  } catch (thrown) {
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
      install('WebAssembly', OriginalWebAssembly);
    }
    if (includes(features, 'weak_references')) {
      install('FinalizationRegistry', OriginalFinalizationRegistry);
      install('WeakRef', OriginalWeakRef);
    }
    return '\n';
  },

  // Where a large input is put: it need not be compiled as part of a script.
  large: { __proto__: null, input: '' },

  // Answers undefined while the result is a promise: `poll` then tells.
  run(input, contextText, leftMs, maxResultBytes, maxLogBytes) {
    resultBytes = maxResultBytes;
    answer = undefined;
    listen(maxLogBytes);
    const call = parse(input || entry.large.input);
    entry.large.input = '';
    const context = contextOf(contextText, leftMs);
    let value;
    try {
      value = userFunction(call, context);
      if (typeof value === 'object' && value !== null && typeof value.then === 'function') {
        settle(value);
        return undefined;
      }
    } catch (thrown) {
      return fail('exception', thrown);
    }
    return succeed(value);
  },

  // The answer, or the milliseconds until the next timer is due; -1 where none is set.
  poll() {
    if (answer !== undefined) return answer;
    const ids = ownKeys(timers);
    let due = Infinity;
    for (let i = 0; i < ids.length; i++) due = min(due, timers[ids[i]]);
    return due === Infinity ? -1 : max(0, due - now());
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
