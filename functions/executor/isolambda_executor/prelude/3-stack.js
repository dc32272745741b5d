// Stacks that show the user's own frames, at the lines and columns of the user's own source.
const SCRIPT = 'function.js';
const HEAD_LINES = 2; // what the Function constructor puts above the body

let userFormatter; // what user code assigned to Error.prepareStackTrace
let reporting = false; // while a report is made, user code's formatter is not asked

const callSite = (() => {
  const methods = { __proto__: null };
  const kept = OriginalError.prepareStackTrace;
  OriginalError.prepareStackTrace = (_, sites) => sites;
  const prototype = getPrototypeOf(new OriginalError('').stack[0]);
  OriginalError.prepareStackTrace = kept;
  const names = ['getScriptNameOrSourceURL', 'getLineNumber', 'getColumnNumber', 'getFunctionName',
    'isAsync', 'isConstructor', 'isEval'];
  for (let i = 0; i < names.length; i++) methods[names[i]] = method(prototype[names[i]]);
  return methods;
})();

const header = (error) => {
  if (reporting) return safeHeader(behind(error));
  try {
    return shorten(errorToString(error));
  } catch {
    return 'Error';
  }
};

const formatFrame = (site) => {
  const line = callSite.getLineNumber(site) - HEAD_LINES;
  if (callSite.getScriptNameOrSourceURL(site) !== SCRIPT || line < 1) return '';
  const place = `${SCRIPT}:${line}:${callSite.getColumnNumber(site)}`;
  const name = callSite.getFunctionName(site);
  const prefix = (callSite.isAsync(site) ? 'async ' : '') + (callSite.isConstructor(site) ? 'new ' : '');
  // The function made of the whole source has no name of its own; V8 calls it `eval`.
  return `\n    at ${prefix}${name && name !== 'eval' ? `${name} (${place})` : place}`;
};

let framesAlone = false;
const formatStack = (error, sites) => {
  let text = framesAlone ? '' : header(error);
  for (let i = 0; i < sites.length; i++) text += formatFrame(sites[i]);
  return text;
};

defineProperty(OriginalError, 'prepareStackTrace', {
  __proto__: null,
  get: () => (reporting || userFormatter === undefined ? formatStack : userFormatter),
  set: (formatter) => {
    userFormatter = formatter;
  },
});

const stackOf = (error) => {
  const before = reporting;
  reporting = true;
  try {
    const stack = error.stack;
    return typeof stack === 'string' ? stack : header(error);
  } catch {
    return header(error);
  } finally {
    reporting = before;
  }
};

// Where a method of the prelude was called.
const callerFrames = () => {
  const error = new OriginalError('');
  // None where user code has set `Error.stackTraceLimit` to what is no number.
  if (getOwnPropertyDescriptor(error, 'stack')?.get !== nativeStack) return '';
  framesAlone = true;
  const frames = stackOf(error);
  framesAlone = false;
  return frames;
};

const textOf = (object, key) => {
  try {
    const text = object[key];
    return typeof text === 'string' ? shorten(text) : '';
  } catch {
    return '';
  }
};

const isNativeError = (thrown) => {
  try {
    return isError(thrown);
  } catch {
    return false; // a revoked proxy
  }
};

// What was thrown, whatever it was.
const describe = (thrown) => {
  const readable = thrown !== null && typeof thrown === 'object';
  const native = isNativeError(thrown);
  return {
    __proto__: null,
    name: (readable && textOf(thrown, 'name')) || 'Error',
    message: (readable && textOf(thrown, 'message')) || (native ? '' : shorten(inspect(thrown))),
    stack: native ? shorten(stackOf(thrown), 2 * TEXT) : '',
  };
};
