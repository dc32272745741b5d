// What was thrown, whatever it was, with all that it carries: its own enumerable fields as JSON, its
// cause, and the errors of an AggregateError or a SuppressedError. It may be hostile, and endless.
const DETAILS = 15_000; // characters of JSON, all together
const ERRORS_DEEP = 64; // levels of JSON: two for each error below another
const FIELDS_DEEP = 5; // levels below an error
const NODE = 100; // characters of an error that says nothing
const FAIR = 500; // characters that one of many errors may take
const CUT = '…';
let left = 0; // characters

// Lets `tell` have a share of what is left; nothing comes of it where a trap of a proxy's throws.
const within = (share, tell) => {
  const kept = left - share;
  left = share;
  try {
    return tell();
  } catch {
    return undefined;
  } finally {
    left += kept;
  }
};

const tellText = (text, share = left / 2) => {
  let told = '';
  for (let room = trunc(share) - 3; room > 0; room = trunc(room / 2)) {
    told = shorten(text, room);
    if (stringify(told).length <= share) break;
  }
  left -= stringify(told).length;
  return told;
};

const isErrorLike = (value) => {
  try {
    return isError(value) || isPrototypeOf(errorPrototype, value);
  } catch {
    return false; // a revoked proxy
  }
};

const valueOf = (property) => (property?.get || property?.set ? '[Getter]' : property?.value);

const ownProperty = (object, key) => {
  try {
    return getOwnPropertyDescriptor(object, key);
  } catch {
    return undefined;
  }
};

const asArray = (value) => {
  try {
    return isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const isAmong = (value, above) => {
  for (let at = above; at; at = at.above) if (at.value === value) return true;
  return false;
};

// What stands above the parts of a value, so that none is told within itself, or too deep.
const below = (value, above, depth, deepest) => ({ __proto__: null, value, above, depth, deepest });
const belowError = (error, above, depth) => below(error, above, depth, depth + FIELDS_DEEP);

const tellItems = (items, least, tell) => {
  const told = list();
  const { length } = items;
  const shown = min(length, ITEMS);
  for (let i = 0; i < length; i++) {
    if (i === shown || left < NODE) {
      told[i] = tell(`${CUT} ${length - i} more`);
      break;
    }
    const value = valueOf(getOwnPropertyDescriptor(items, i));
    told[i] = within(min(left, max(least, left / (shown - i))), () => tell(value));
  }
  return told;
};

const tellFields = (object, isTold, above) => {
  const keys = ownKeys(object);
  let told;
  for (let i = 0, shown = 0; i < keys.length; i++) {
    const property = getOwnPropertyDescriptor(object, keys[i]);
    if (!property?.enumerable || isTold(keys[i])) continue;
    told ??= { __proto__: null };
    left -= 4;
    if (shown++ === ITEMS || left < NODE) {
      left -= 24;
      told[CUT] = `${keys.length - i} more`;
      break;
    }
    const key = tellText(typeof keys[i] === 'symbol' ? symbolToString(keys[i]) : keys[i]);
    told[key] = tellValue(valueOf(property), above);
  }
  return told;
};

const tellObject = (value, above) => {
  if (isAmong(value, above)) return '[Circular]';
  if (isErrorLike(value)) return above.depth < ERRORS_DEEP && left > 2 * NODE ? tellError(value, above) : CUT;
  const items = asArray(value);
  const here = below(value, above, above.depth + 1, above.deepest);
  if (here.depth > here.deepest) return items ? '[Array]' : '[Object]';
  if (items) return tellItems(items, left, (item) => tellValue(item, here));
  if (objectToString(value) !== '[object Object]') return tellText(inspect(value));
  return tellFields(value, () => false, here) ?? { __proto__: null };
};

// Any value as JSON; what has no JSON as the console shows it.
const tellValue = (value, above) => {
  left -= 16;
  if (left < NODE) return CUT;
  if (typeof value === 'string') return tellText(value);
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number' && value - value === 0) {
    left -= 8;
    return value;
  }
  if (typeof value !== 'object') return tellText(inspect(value));
  try {
    return tellObject(value, above);
  } catch {
    return '[unreadable]';
  }
};

// An error, or what stands in the place of one as `{value}`.
const tellCause = (value, above) => {
  const told = tellValue(value, above);
  return isErrorLike(value) && typeof told === 'object' ? told : { __proto__: null, value: told };
};

const tellError = (error, above) => {
  left -= NODE;
  const node = { __proto__: null, name: tellText(nameOf(error), left / 8) };
  node.message = tellText(messageOf(error), left / 3);
  node.stack = tellText(stackOf(error), left / 3);
  node.line = Place.lineOf(error) ?? null;
  node.column = Place.columnOf(error) ?? null;
  return tellCarried(error, node, belowError(error, above, above.depth + 2));
};

// Adds to a node what an error carries, or an object that was thrown for one.
const tellCarried = (error, node, here) => {
  const cause = ownProperty(error, 'cause');
  const errors = asArray(valueOf(ownProperty(error, 'errors')));
  const suppressed = ownProperty(error, 'suppressed');
  const first = suppressed && isErrorLike(error) && ownProperty(error, 'error');
  const isTold = (key) =>
    key === 'name' || key === 'message' || key === 'stack' || (cause && key === 'cause') ||
    (errors && key === 'errors') || (first && (key === 'error' || key === 'suppressed'));
  // No more than half of what is left for each, so that none pushes the others out.
  const fields = within(left / 2, () => tellFields(error, isTold, here));
  if (fields) node.fields = fields;
  const one = (property) => within(left / 2, () => tellCause(valueOf(property), here));
  if (first) {
    node.error = one(first);
    node.suppressed = one(suppressed);
  }
  const many = errors && within(cause ? left / 2 : left, () => tellItems(errors, FAIR, (item) => tellCause(item, here)));
  if (many) node.errors = many;
  if (cause) node.cause = tellCause(valueOf(cause), here);
  return node;
};

const nameOf = (thrown) => textOf(thrown, 'name') || 'Error';

const messageOf = (thrown) => {
  try {
    const { message } = thrown;
    if (message === undefined) return '';
    return typeof message === 'string' ? shorten(message) : shorten(inspect(message));
  } catch {
    return '';
  }
};

const describe = (thrown) => {
  const readable = thrown !== null && typeof thrown === 'object';
  const errorLike = isErrorLike(thrown);
  const told = {
    __proto__: null,
    name: readable ? nameOf(thrown) : 'Error',
    message: (readable && messageOf(thrown)) || (errorLike ? '' : shorten(inspect(thrown))),
    stack: errorLike || (readable && ownProperty(thrown, 'stack')) ? shorten(stackOf(thrown), 2 * TEXT) : '',
  };
  if (!readable || isView(thrown) || asArray(thrown)) return told;
  told.line = Place.lineOf(thrown);
  told.column = Place.columnOf(thrown);
  left = DETAILS;
  const details = tellCarried(thrown, { __proto__: null }, belowError(thrown, undefined, 0));
  if (ownKeys(details).length) told.details = details;
  return told;
};
