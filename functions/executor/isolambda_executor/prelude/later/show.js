// Shows any value as readable text, much like Node's `util.inspect`, without running user code: it names
// accessors, shows the targets of proxies, and reads only data properties of prototypes.
const DEPTH = 4;
const WHOLE_TEXT = 80_000; // more than a line holds
const KEYED_ITEMS = 10_000; // above it, show the elements of a list without its other keys
const ERRORS = 32; // nested
const CARRIED = { __proto__: null, cause: true, errors: true, error: true, suppressed: true };
const IN_STACK = { __proto__: null, name: true, message: true }; // as a rule

const tagOf = (object) => {
  const tag = found(object, toStringTag)?.value;
  return typeof tag === 'string' ? shorten(tag, ITEMS) : '';
};

// Returns the text before the content: class, size, and kind or tag if they differ from the class.
const prefixOf = (object, kind, size = '') => {
  const name = className(object);
  const tag = tagOf(object) || (kind === 'Object' || kind === 'Array' ? '' : kind);
  const start = name === undefined ? `[${kind}${size}: null prototype]` : name + size;
  return tag && tag !== (name ?? kind) ? `${start} [${tag}]` : start;
};

const isIdentifier = (key) => {
  if (key.length > ITEMS) return false;
  for (let i = 0; i < key.length; i++) {
    const code = charCodeAt(key, i) | 32;
    const isDigit = code >= 48 && code <= 57 && charCodeAt(key, i) >= 48;
    if (!(code >= 97 && code <= 122) && key[i] !== '_' && key[i] !== '$' && !(isDigit && i)) return false;
  }
  return key !== '';
};

const inspectKey = (key) => {
  if (typeof key === 'symbol') return `[${shorten(symbolToString(key))}]`;
  return isIdentifier(key) ? shorten(key) : stringify(shorten(key));
};

const inspectProperty = (property, depth, parents) => {
  if (property === undefined) return '<empty>';
  if (property.get) return property.set ? '[Getter/Setter]' : '[Getter]';
  return property.set ? '[Setter]' : inspectValue(property.value, depth, parents);
};

const joined = (open, parts, close) => {
  let text = open;
  for (let i = 0; i < parts.length; i++) text += (i ? ', ' : ' ') + parts[i];
  return parts.length ? `${text} ${close}` : open + close;
};

const isIndex = (key, length) => {
  const code = typeof key === 'string' ? charCodeAt(key, 0) : 0;
  return code >= 48 && code <= 57 && `${+key}` === key && +key < length;
};

// Adds the own enumerable properties to `parts`, except the `length` elements of a list, and what is `hidden`.
const addProperties = (parts, object, depth, parents, length = 0, hidden = undefined) => {
  if (length > KEYED_ITEMS) return parts;
  const keys = ownKeys(object);
  let left = 0;
  for (let i = 0, shown = 0; i < keys.length; i++) {
    if ((length && isIndex(keys[i], length)) || hidden?.(keys[i])) continue;
    const property = getOwnPropertyDescriptor(object, keys[i]);
    if (!property || !property.enumerable) continue;
    if (shown++ >= ITEMS || textLeft <= 0) left++;
    else parts[parts.length] = `${inspectKey(keys[i])}: ${inspectProperty(property, depth, parents)}`;
  }
  if (left) parts[parts.length] = `… ${left} more`;
  return parts;
};

const inspectItems = (prefix, items, length, depth, parents) => {
  const parts = list();
  let i = 0;
  for (; i < min(length, ITEMS) && textLeft > 0; i++) {
    parts[i] = inspectProperty(getOwnPropertyDescriptor(items, i), depth, parents);
  }
  if (i < length) parts[i] = `… ${length - i} more`;
  addProperties(parts, items, depth, parents, length);
  return joined(`${prefix}[`, parts, ']');
};

// Shows an object that has its own text, and rarely properties.
const withProperties = (text, object, depth, parents, length) => {
  const parts = addProperties(list(), object, depth, parents, length);
  return parts.length ? joined(`${text} {`, parts, '}') : text;
};

const FUNCTION_KINDS = listOf(
  listOf(getPrototypeOf(() => {}), 'Function'),
  listOf(getPrototypeOf(async () => {}), 'AsyncFunction'),
  listOf(getPrototypeOf(function* () {}), 'GeneratorFunction'),
  listOf(getPrototypeOf(async function* () {}), 'AsyncGeneratorFunction'),
);
const functionKind = (value) => {
  for (let holder = prototypeOf(value), i = 0; holder !== null && i < PROTOTYPES; holder = prototypeOf(holder), i++) {
    for (let k = 0; k < FUNCTION_KINDS.length; k++) {
      if (holder === FUNCTION_KINDS[k][0]) return FUNCTION_KINDS[k][1];
    }
  }
  return 'Function (null prototype)';
};

const functionText = (value) => {
  const name = shorten(ownText(value, 'name') ?? '');
  if (slice(functionToString(value), 0, 5) === 'class') {
    const parent = prototypeOf(value);
    const from = parent === null ? 'null' : ownText(parent, 'name');
    return `[class ${name || '(anonymous)'}${from ? ` extends ${shorten(from)}` : ''}]`;
  }
  return `[${functionKind(value)}${name ? `: ${name}` : ' (anonymous)'}]`;
};

const showObject = (value, depth, parents) => {
  const prefix = prefixOf(value, 'Object');
  const parts = addProperties(list(), value, depth, parents);
  return joined(prefix === 'Object' ? '{' : `${prefix} {`, parts, '}');
};

const inParentheses = (size) => `(${size})`;
const showArray = (value, depth, parents) => {
  const prefix = prefixOf(value, 'Array', inParentheses(value.length));
  const isPlain = prefix === `Array(${value.length})`;
  return inspectItems(isPlain ? '' : `${prefix} `, value, value.length, depth, parents);
};

// Whether the prototype chain ends at `Object.prototype`, and has no proxy.
const isOrdinary = (value) => {
  for (let holder = getPrototypeOf(value); holder !== null; holder = getPrototypeOf(holder)) {
    if (isProxy(holder)) return false;
    if (holder === objectPrototype) return true;
  }
  return false;
};

const PLAIN_KINDS = {
  __proto__: null,
  Array: { __proto__: null, isLeaf: false, show: showArray },
  Object: { __proto__: null, isLeaf: false, show: showObject },
};

// Returns the name of a kind that no slot needs to identify, or undefined: most values are lists or plain objects, and
// need none of `kinds.js`.
const plainKindOf = (value) => {
  if (isArray(value)) return 'Array';
  if (isView(value) || found(value, toStringTag) !== undefined || !isOrdinary(value)) return undefined;
  return objectToString(value) === '[object Object]' ? 'Object' : undefined;
};

const kindOf = (value) => plainKindOf(value) ?? later('kinds').kindOf(value);

const stackText = (error) => {
  const property = getOwnPropertyDescriptor(error, 'stack');
  if (property?.get === nativeStack) {
    const stack = shorten(stackOf(error), 2 * TEXT);
    const name = className(error);
    const own = platformFields(error)?.name;
    if (own !== undefined && slice(stack, 0, own.length) === own) return `${name} [${own}]${slice(stack, own.length)}`;
    // A class that does not set `name`.
    return name && slice(stack, 0, 5) === 'Error' && !includes(stack, name) ? name + slice(stack, 5) : stack;
  }
  return typeof property?.value === 'string' ? shorten(property.value, 2 * TEXT) : safeHeader(error);
};

const inspectError = (error, depth, parents) => {
  if (parents.length > ERRORS) return `[${safeHeader(error)}]`;
  const stack = stackText(error);
  const keys = ownKeys(error);
  let fields = '';
  for (let i = 0, shown = 0; i < keys.length && shown < ITEMS; i++) {
    const key = keys[i];
    const property = getOwnPropertyDescriptor(error, key);
    if (!property || (key === 'stack' && (property.get === nativeStack || property.value === stack))) continue;
    if (key in IN_STACK && 'value' in property && includes(stack, textOfProperty(error, key) ?? '')) continue;
    if (!property.enumerable && !(key in CARRIED) && !(key in IN_STACK)) continue;
    const name = property.enumerable ? inspectKey(key) : `[${key}]`;
    const text = inspectProperty(property, key in CARRIED ? max(depth, 1) : depth + 1, parents);
    fields += `\n  ${name}: ${indented(text)},`;
    shown++;
  }
  return fields ? `${stack} {${slice(fields, 0, -1)}\n}` : stack;
};

const inspectObject = (value, depth, parents) => {
  if (isError(value)) return inspectError(value, depth, parents);
  if (typeof value === 'function') {
    const text = functionText(value);
    return depth > DEPTH ? text : withProperties(text, value, depth + 1, parents);
  }
  const name = kindOf(value);
  const kind = PLAIN_KINDS[name] ?? later('kinds').kinds[name];
  if (depth > DEPTH && !kind.isLeaf) {
    return isArray(value) ? '[Array]' : `[${className(value) ?? 'Object: null prototype'}]`;
  }
  return kind.show(value, depth + 1, parents);
};

const inspectOnce = (value, depth, parents) => {
  const seen = parents.length;
  for (let i = 0; i < seen; i++) if (parents[i] === value) return '[Circular]';
  parents[seen] = value;
  const text = inspectObject(value, depth, parents);
  parents.length = seen;
  return text;
};

const inspectValue = (value, depth, parents) => {
  if (textLeft <= 0) return '…';
  let text;
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) {
    text = inspectPrimitive(value, depth);
  } else {
    const seen = parents.length;
    try {
      isArray(value); // throws for a revoked proxy
      text = inspectOnce(behind(value), depth, parents);
    } catch {
      parents.length = seen;
      text = isProxy(value) ? '<Revoked Proxy>' : '[unreadable]';
    }
  }
  textLeft -= text.length;
  return text;
};

const inspect = (value, depth = 0) => {
  const before = textLeft;
  textLeft = WHOLE_TEXT;
  const text = inspectValue(value, depth, list());
  textLeft = before;
  return text;
};

// What the other later scripts use.
return {
  __proto__: null, DEPTH, PLAIN_KINDS, addProperties, inParentheses, inspect, inspectItems, inspectKey, inspectProperty,
  inspectValue, isOrdinary, joined, kindOf, prefixOf, withProperties,
};
