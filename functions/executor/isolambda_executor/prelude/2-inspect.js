// Shows any value as readable text, much like Node's `util.inspect`, without running user code: it names
// accessors, shows the targets of proxies, and reads only data properties of prototypes.
const DEPTH = 4;
const ERRORS = 32; // nested
const ITEMS = 100;
const KEYED_ITEMS = 10_000; // above it, show the elements of a list without its other keys
const TEXT = 10_000;
const PROTOTYPES = 1_000; // of one object; proxies can make the chain endless
const WHOLE_TEXT = 80_000; // more than a line holds

let textLeft = 0; // characters for the rest of the value

const shorten = (text, room = TEXT) => (text.length > room ? `${slice(text, 0, room)}…` : text);

const ownText = (object, key) => {
  const property = getOwnPropertyDescriptor(object, key);
  return property && typeof property.value === 'string' ? property.value : undefined;
};

// What chunks of the platform show of their objects, by tag: functions that return fields, run no user code, and throw
// for other objects.
const shownByTag = { __proto__: null };

const prototypeOf = (object) => {
  const prototype = getPrototypeOf(object);
  return prototype === null ? null : behind(prototype);
};

// Returns the descriptor of the property that a lookup would find.
const found = (object, key) => {
  for (let holder = object, i = 0; holder !== null && i < PROTOTYPES; holder = prototypeOf(holder), i++) {
    const property = getOwnPropertyDescriptor(holder, key);
    if (property) return property;
  }
  return undefined;
};

// Returns the name of the class, or undefined if no prototype has a constructor.
const className = (object) => {
  for (let holder = prototypeOf(object), i = 0; holder !== null && i < PROTOTYPES; holder = prototypeOf(holder), i++) {
    const constructor = getOwnPropertyDescriptor(holder, 'constructor')?.value;
    const name = typeof constructor === 'function' && ownText(behind(constructor), 'name');
    if (name) return shorten(name, ITEMS);
  }
  return undefined;
};

const tagOf = (object) => {
  const tag = found(object, toStringTag)?.value;
  return typeof tag === 'string' ? shorten(tag, ITEMS) : '';
};

const platformFields = (object) => {
  const tag = found(object, toStringTag)?.value;
  if (typeof tag !== 'string' || !(tag in shownByTag)) return undefined;
  try {
    return shownByTag[tag](object);
  } catch {
    return undefined;
  }
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

const inspectPlain = (value, depth, parents) => {
  const prefix = prefixOf(value, 'Object');
  return joined(prefix === 'Object' ? '{' : `${prefix} {`, addProperties(list(), value, depth, parents), '}');
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

const inspectObject = (value, depth, parents) => {
  if (isError(value)) return inspectError(value, depth, parents);
  if (typeof value === 'function') {
    const text = functionText(value);
    return depth > DEPTH ? text : withProperties(text, value, depth + 1, parents);
  }
  const kind = kindOf(value);
  if (depth > DEPTH && !kinds[kind]?.isLeaf) {
    return isArray(value) ? '[Array]' : `[${className(value) ?? 'Object: null prototype'}]`;
  }
  return kinds[kind].show(value, depth + 1, parents);
};

const inspectOnce = (value, depth, parents) => {
  const seen = parents.length;
  for (let i = 0; i < seen; i++) if (parents[i] === value) return '[Circular]';
  parents[seen] = value;
  const text = inspectObject(value, depth, parents);
  parents.length = seen;
  return text;
};

const inspectPrimitive = (value, depth) => {
  switch (typeof value) {
    case 'string':
      return depth ? stringify(shorten(value)) : value;
    case 'symbol':
      return shorten(symbolToString(value));
    case 'bigint':
      return `${shorten(`${value}`)}n`;
    default:
      return is(value, -0) ? '-0' : `${value}`;
  }
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

// At `depth` 0 a string has no quotes.
const inspect = (value, depth = 0) => {
  const before = textLeft;
  textLeft = WHOLE_TEXT;
  const text = inspectValue(value, depth, list());
  textLeft = before;
  return text;
};
