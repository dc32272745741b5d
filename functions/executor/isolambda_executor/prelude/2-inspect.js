// Shows a primitive, and reads properties without running user code. `later/show.js` shows all else.
const ITEMS = 100;
const TEXT = 10_000;
const PROTOTYPES = 1_000; // of one object; proxies can make the chain endless

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

const platformFields = (object) => {
  const tag = found(object, toStringTag)?.value;
  if (typeof tag !== 'string' || !(tag in shownByTag)) return undefined;
  try {
    return shownByTag[tag](object);
  } catch {
    return undefined;
  }
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

// At `depth` 0 a string has no quotes.
const inspect = (value, depth = 0) => {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return inspectPrimitive(value, depth);
  return later('show').inspect(value, depth);
};
