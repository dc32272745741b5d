// Describes what a thrown object carries: own enumerable fields as JSON, the cause, and the errors of an
// AggregateError or a SuppressedError. The object may be hostile and endless.
const DETAILS = 15_000; // characters of JSON in total
const ERRORS_DEEP = 64; // levels of JSON: two for each nested error
const FIELDS_DEEP = 5; // levels below an error
const NODE = 100; // characters of an error without texts
const FAIR = 500; // characters that each of many errors may use
const CUT = '…';
let left = 0; // characters

// Calls `describePart` with a share of `left`; returns undefined if a proxy's trap throws.
const within = (share, describePart) => {
  const kept = left - share;
  left = share;
  try {
    return describePart();
  } catch {
    return undefined;
  } finally {
    left += kept;
  }
};

const describeText = (text, share = left / 2) => {
  let described = '';
  for (let room = trunc(share) - 3; room > 0; room = trunc(room / 2)) {
    described = shorten(text, room);
    if (stringify(described).length <= share) break;
  }
  left -= stringify(described).length;
  return described;
};

const valueOf = (property) => (property?.get || property?.set ? '[Getter]' : property?.value);

const isAmong = (value, above) => {
  for (let at = above; at; at = at.above) if (at.value === value) return true;
  return false;
};

// The chain above the parts of a value: it reveals cycles, and limits the depth.
const below = (value, above, depth, deepest) => ({ __proto__: null, value, above, depth, deepest });
const belowError = (error, above, depth) => below(error, above, depth, depth + FIELDS_DEEP);

const describeItems = (items, least, describePart) => {
  const described = list();
  const { length } = items;
  const shown = min(length, ITEMS);
  for (let i = 0; i < length; i++) {
    if (i === shown || left < NODE) {
      described[i] = describePart(`${CUT} ${length - i} more`);
      break;
    }
    const value = valueOf(getOwnPropertyDescriptor(items, i));
    described[i] = within(min(left, max(least, left / (shown - i))), () => describePart(value));
  }
  return described;
};

const describeFields = (object, isElsewhere, above) => {
  const keys = ownKeys(object);
  let described;
  for (let i = 0, shown = 0; i < keys.length; i++) {
    const property = getOwnPropertyDescriptor(object, keys[i]);
    if (!property?.enumerable || isElsewhere(keys[i])) continue;
    described ??= { __proto__: null };
    left -= 4;
    if (shown++ === ITEMS || left < NODE) {
      left -= 24;
      described[CUT] = `${keys.length - i} more`;
      break;
    }
    const key = describeText(typeof keys[i] === 'symbol' ? symbolToString(keys[i]) : keys[i]);
    described[key] = describeValue(valueOf(property), above);
  }
  return described;
};

const describeObject = (value, above) => {
  if (isAmong(value, above)) return '[Circular]';
  if (isErrorLike(value)) return above.depth < ERRORS_DEEP && left > 2 * NODE ? describeError(value, above) : CUT;
  const items = asArray(value);
  const here = below(value, above, above.depth + 1, above.deepest);
  if (here.depth > here.deepest) return items ? '[Array]' : '[Object]';
  if (items) return describeItems(items, left, (item) => describeValue(item, here));
  if (objectToString(value) !== '[object Object]') return describeText(inspect(value));
  return describeFields(value, () => false, here) ?? { __proto__: null };
};

// Returns any value as JSON; without a JSON form, as the text that the console shows.
const describeValue = (value, above) => {
  left -= 16;
  if (left < NODE) return CUT;
  if (typeof value === 'string') return describeText(value);
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number' && value - value === 0) {
    left -= 8;
    return value;
  }
  if (typeof value !== 'object') return describeText(inspect(value));
  try {
    return describeObject(value, above);
  } catch {
    return '[unreadable]';
  }
};

// Returns an error; any other cause as `{value}`.
const describeCause = (value, above) => {
  const described = describeValue(value, above);
  return isErrorLike(value) && typeof described === 'object' ? described : { __proto__: null, value: described };
};

const describeError = (error, above) => {
  left -= NODE;
  const node = { __proto__: null, name: describeText(nameOf(error), left / 8) };
  node.message = describeText(messageOf(error), left / 3);
  node.stack = describeText(stackOf(error), left / 3);
  node.line = Place.lineOf(error) ?? null;
  node.column = Place.columnOf(error) ?? null;
  if (modules) node.file = Place.of(error)?.file;
  return describeCarried(error, node, belowError(error, above, above.depth + 2));
};

// Adds to a node what a thrown object carries.
const describeCarried = (error, node, here) => {
  const cause = ownProperty(error, 'cause');
  const errors = asArray(valueOf(ownProperty(error, 'errors')));
  const suppressed = ownProperty(error, 'suppressed');
  const first = suppressed && isErrorLike(error) && ownProperty(error, 'error');
  const isElsewhere = (key) =>
    key === 'name' || key === 'message' || key === 'stack' || (cause && key === 'cause') ||
    (errors && key === 'errors') || (first && (key === 'error' || key === 'suppressed'));
  // At most half of what is left for each, so that none crowds the others out.
  const fields = within(left / 2, () => describeFields(error, isElsewhere, here));
  if (fields) node.fields = fields;
  const one = (property) => within(left / 2, () => describeCause(valueOf(property), here));
  if (first) {
    node.error = one(first);
    node.suppressed = one(suppressed);
  }
  const many = errors && within(cause ? left / 2 : left, () => describeItems(errors, FAIR, (item) => describeCause(item, here)));
  if (many) node.errors = many;
  if (cause) node.cause = describeCause(valueOf(cause), here);
  return node;
};

const detailsOf = (thrown) => {
  left = DETAILS;
  return describeCarried(thrown, { __proto__: null }, belowError(thrown, undefined, 0));
};

return { __proto__: null, detailsOf };
