// Writes stacks with only the frames of user code, at their lines and columns in the author's files.
const SCRIPT = 'function.js';
const HEAD_LINES = 2; // of the Function constructor, above the body

// The files of the function: for each null, or the map of what was emitted for it (`module_compiler.js`).
let placesOf = { __proto__: null, [SCRIPT]: null };

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

// The file, line and column of an error's first frame in the author's files.
class Place extends Same {
  #place;

  static of(error) {
    return #place in error ? error.#place : undefined;
  }

  static lineOf(error) {
    return Place.of(error)?.line;
  }

  static columnOf(error) {
    return Place.of(error)?.column;
  }

  static keep(error, place) {
    if (!(#place in error)) new Place(error);
    error.#place = place;
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

// Returns where a place in emitted code stands in the author's file.
const authored = (file, line, column) => {
  const map = placesOf[file];
  let at = -4;
  // The last change before the place: the map is in the order of lines and columns.
  for (let i = 0; map && i < map.length && (map[i] < line || (map[i] === line && map[i + 1] <= column)); i += 4) at = i;
  if (at < 0 || map[at] !== line) return { __proto__: null, file, line, column };
  const author = map[at + 3];
  return { __proto__: null, file, line: map[at + 2], column: author < 0 ? -author : author + column - map[at + 1] };
};

// Returns the place of a frame in the author's files; undefined for other frames.
const authorPlace = (site) => {
  const file = callSite.getScriptNameOrSourceURL(site);
  if (typeof file !== 'string' || !(file in placesOf)) return undefined;
  const line = callSite.getLineNumber(site) - HEAD_LINES;
  return line > 0 ? authored(file, line, callSite.getColumnNumber(site)) : undefined;
};

const formatFrame = (site, { file, line, column }) => {
  const place = `${file}:${line}:${column}`;
  const called = callSite.getFunctionName(site);
  const name = called && slice(called, 0, 8) === 'exports.' ? slice(called, 8) : called;
  const prefix = (callSite.isAsync(site) ? 'async ' : '') + (callSite.isConstructor(site) ? 'new ' : '');
  // V8 names the function made of a whole file `eval`.
  return `${prefix}${name && name !== 'eval' ? `${name} (${place})` : place}`;
};

// Calls `take` with each frame in the files. V8 passes frames once, so keep the place of the first.
const eachFrame = (error, sites, take) => {
  let isFirst = true;
  for (let i = 0; i < sites.length; i++) {
    const place = authorPlace(sites[i]);
    if (!place) continue;
    if (isFirst) Place.keep(error, place);
    isFirst = false;
    take(sites[i], place);
  }
};

let framesAlone = false;
const formatStack = (error, sites) => {
  let text = framesAlone ? '' : header(error);
  eachFrame(error, sites, (site, place) => {
    text += `\n    at ${formatFrame(site, place)}`;
  });
  return text;
};

// The call sites that user code's formatter gets: their places are those of the author's files.
const userCallSite = {
  __proto__: callSite.prototype,
  getLineNumber() { return authorPlace(this).line; },
  getColumnNumber() { return authorPlace(this).column; },
  getEnclosingLineNumber() { return max(1, callSite.getEnclosingLineNumber(this) - HEAD_LINES); },
  getEvalOrigin() {},
  toString() { return formatFrame(this, authorPlace(this)); },
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
  const place = Place.of(error);
  return header(error) + (place ? `\n    at ${place.file}:${place.line}:${place.column}` : '');
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
