// Writes stacks with only the frames of user code, at their lines and columns in the source.
const SCRIPT = 'function.js';
const HEAD_LINES = 2; // of the Function constructor, above the body

let reporting = false; // during a report, do not call user code's formatter

const callSite = (() => {
  const methods = { __proto__: null };
  const kept = OriginalError.prepareStackTrace;
  OriginalError.prepareStackTrace = (_, sites) => sites;
  const prototype = getPrototypeOf(new OriginalError('').stack[0]);
  OriginalError.prepareStackTrace = kept;
  const names = ['getScriptNameOrSourceURL', 'getLineNumber', 'getEnclosingLineNumber', 'getColumnNumber',
    'getFunctionName', 'isAsync', 'isConstructor'];
  for (let i = 0; i < names.length; i++) methods[names[i]] = method(prototype[names[i]]);
  methods.prototype = prototype;
  return methods;
})();

// Adds private fields to any object, invisible to user code. Weak maps would slow garbage collection down
// with many objects.
const Same = function (object) { return object; };

// The line and column of an error's first frame in the source.
class Place extends Same {
  #line = 0;
  #column = 0;

  static lineOf(error) {
    return #line in error ? error.#line : undefined;
  }

  static columnOf(error) {
    return #line in error ? error.#column : undefined;
  }

  static keep(error, line, column) {
    if (!(#line in error)) new Place(error);
    error.#line = line;
    error.#column = column;
  }
}

const header = (error) => {
  if (reporting) return safeHeader(behind(error));
  try {
    return shorten(errorToString(error));
  } catch {
    return 'Error';
  }
};

// Returns the line of a frame in the source, 0 for other frames.
const lineOf = (site) =>
  callSite.getScriptNameOrSourceURL(site) === SCRIPT ? max(0, callSite.getLineNumber(site) - HEAD_LINES) : 0;

const formatFrame = (site, line) => {
  const place = `${SCRIPT}:${line}:${callSite.getColumnNumber(site)}`;
  const name = callSite.getFunctionName(site);
  const prefix = (callSite.isAsync(site) ? 'async ' : '') + (callSite.isConstructor(site) ? 'new ' : '');
  // V8 names the function made of the whole source `eval`.
  return `${prefix}${name && name !== 'eval' ? `${name} (${place})` : place}`;
};

// Calls `take` with each frame in the source. V8 passes frames once, so keep the place of the first.
const eachFrame = (error, sites, take) => {
  let isFirst = true;
  for (let i = 0; i < sites.length; i++) {
    const line = lineOf(sites[i]);
    if (!line) continue;
    if (isFirst) Place.keep(error, line, callSite.getColumnNumber(sites[i]));
    isFirst = false;
    take(sites[i], line);
  }
};

let framesAlone = false;
const formatStack = (error, sites) => {
  let text = framesAlone ? '' : header(error);
  eachFrame(error, sites, (site, line) => {
    text += `\n    at ${formatFrame(site, line)}`;
  });
  return text;
};

// The call sites that user code's formatter gets: their lines are those of the source.
const userCallSite = {
  __proto__: callSite.prototype,
  getLineNumber() { return lineOf(this); },
  getEnclosingLineNumber() { return max(1, callSite.getEnclosingLineNumber(this) - HEAD_LINES); },
  getEvalOrigin() {},
  toString() { return formatFrame(this, lineOf(this)); },
};
class WrappedFormatter extends Same {
  #formatter = true;

  static is(formatter) {
    return #formatter in formatter;
  }
}

const withUserFormatter = (formatter) => {
  if (typeof formatter !== 'function') return formatStack;
  if (formatter === formatStack || WrappedFormatter.is(formatter)) return formatter; // user code puts it back
  return new WrappedFormatter((error, sites) => {
    const frames = list();
    eachFrame(error, sites, (site) => {
      setPrototypeOf(site, userCallSite);
      frames[frames.length] = site;
    });
    setPrototypeOf(frames, arrayPrototype);
    return apply(formatter, OriginalError, [error, frames]);
  });
};
let prepare = formatStack;

defineProperty(OriginalError, 'prepareStackTrace', {
  __proto__: null,
  get: () => (reporting ? formatStack : prepare),
  set: (formatter) => {
    prepare = withUserFormatter(formatter);
  },
});

const stackOf = (error) => {
  const before = reporting;
  reporting = true;
  try {
    const { stack } = error;
    if (typeof stack === 'string') return stack;
  } catch {
    // A getter of user code's.
  } finally {
    reporting = before;
  }
  const line = Place.lineOf(error);
  return header(error) + (line ? `\n    at ${SCRIPT}:${line}:${Place.columnOf(error)}` : '');
};

// Returns the frames of the call to a method of the prelude.
const callerFrames = () => {
  const error = new OriginalError('');
  // V8 captures no stack if user code sets `Error.stackTraceLimit` to something other than a number.
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
