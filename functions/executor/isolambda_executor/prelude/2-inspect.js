// Any value as readable text. User code may have put traps and getters anywhere: getters are shown,
// never called, and whatever a proxy's trap throws ends in `[unreadable]`.
const DEPTH = 4;
const ITEMS = 100;
const TEXT = 10_000;

const shorten = (text, room = TEXT) => (text.length > room ? `${slice(text, 0, room)}…` : text);

const ownText = (object, key) => {
  const property = getOwnPropertyDescriptor(object, key);
  return property && typeof property.value === 'string' ? property.value : undefined;
};

const className = (object) => {
  const prototype = getPrototypeOf(object);
  if (prototype === null) return '[Object: null prototype]';
  const constructor = getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  return (typeof constructor === 'function' && ownText(constructor, 'name')) || 'Object';
};

const inspectKey = (key) => (typeof key === 'symbol' ? `[${symbolToString(key)}]` : key);

const inspectProperty = (object, key, depth, parents) => {
  const property = getOwnPropertyDescriptor(object, key);
  if (property === undefined) return '<empty>';
  if (property.get || property.set) return '[Getter]';
  return inspectValue(property.value, depth, parents);
};

const joined = (open, parts, left, close) => {
  let text = open;
  for (let i = 0; i < parts.length; i++) text += (i ? ', ' : ' ') + parts[i];
  if (left > 0) text += `${parts.length ? ',' : ''} … ${left} more`;
  return parts.length || left > 0 ? `${text} ${close}` : open + close;
};

const inspectItems = (items, length, depth, parents) => {
  const parts = list();
  for (let i = 0; i < min(length, ITEMS); i++) {
    parts[i] = inspectProperty(items, i, depth, parents);
  }
  return joined('[', parts, length - ITEMS, ']');
};

const inspectCollection = (open, forEach, size, collection, depth, parents, withKeys) => {
  const parts = list();
  forEach(collection, (value, key) => {
    if (parts.length >= ITEMS) return;
    const text = inspectValue(value, depth, parents);
    parts[parts.length] = withKeys ? `${inspectValue(key, depth, parents)} => ${text}` : text;
  });
  return joined(`${open}(${size}) {`, parts, size - ITEMS, '}');
};

const inspectProperties = (object, depth, parents) => {
  const keys = ownKeys(object);
  const parts = list();
  let shown = 0;
  for (let i = 0; i < keys.length && shown < ITEMS; i++) {
    const property = getOwnPropertyDescriptor(object, keys[i]);
    if (!property || !property.enumerable) continue;
    parts[shown++] = `${inspectKey(keys[i])}: ${inspectProperty(object, keys[i], depth, parents)}`;
  }
  const name = className(object);
  return joined(name === 'Object' ? '{' : `${name} {`, parts, keys.length - ITEMS, '}');
};

// The kinds that have no brand check but their own methods: each throws on what is not of its kind.
const special = list();
special[0] = (value) => dateToIso(value);
special[1] = (value) => getPrototypeOf(value) !== null && `/${regExpSource(value)}/${regExpFlags(value)}`;
special[2] = (value, depth, parents) =>
  inspectCollection('Map', mapForEach, mapSize(value), value, depth, parents, true);
special[3] = (value, depth, parents) =>
  inspectCollection('Set', setForEach, setSize(value), value, depth, parents, false);
const specialTags = { __proto__: null, '[object Date]': 0, '[object RegExp]': 1, '[object Map]': 2, '[object Set]': 3 };

const inspectObject = (value, depth, parents) => {
  if (typeof value === 'function') return `[Function: ${ownText(value, 'name') || 'anonymous'}]`;
  if (isError(value)) return stackOf(value);
  if (depth > DEPTH) return isArray(value) ? '[Array]' : '[Object]';
  for (let i = 0; i < parents.length; i++) if (parents[i] === value) return '[Circular]';
  const below = list();
  for (let i = 0; i < parents.length; i++) below[i] = parents[i];
  below[parents.length] = value;
  if (isArray(value)) return inspectItems(value, value.length, depth + 1, below);
  const tag = objectToString(value);
  if (isView(value) && tag !== '[object DataView]') {
    const length = viewLength(value);
    return `${className(value)}(${length}) ${inspectItems(value, length, depth + 1, below)}`;
  }
  if (tag in specialTags) {
    try {
      return special[specialTags[tag]](value, depth + 1, below);
    } catch {
      // A plain object that only says that it is one: shown as what it is.
    }
  }
  return inspectProperties(value, depth + 1, below);
};

const inspectValue = (value, depth, parents) => {
  switch (typeof value) {
    case 'string':
      return depth ? stringify(shorten(value)) : value;
    case 'symbol':
      return symbolToString(value);
    case 'bigint':
      return `${value}n`;
    case 'object':
    case 'function':
      if (value === null) return 'null';
      try {
        return inspectObject(value, depth, parents);
      } catch {
        return '[unreadable]';
      }
    default:
      return is(value, -0) ? '-0' : `${value}`;
  }
};

const inspect = (value) => inspectValue(value, 0, list());
