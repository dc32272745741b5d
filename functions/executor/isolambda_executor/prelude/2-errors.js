// Shows errors on the console: the stack, and below it the other properties.
const nativeStack = getOwnPropertyDescriptor(new OriginalError(''), 'stack').get;
const CARRIED = { __proto__: null, cause: true, errors: true, error: true, suppressed: true };
const IN_STACK = { __proto__: null, name: true, message: true }; // as a rule

// Returns a name or a message as text, or undefined.
const textOfProperty = (error, key) => {
  const property = found(error, key);
  if (!property || ('value' in property && property.value === undefined)) return undefined;
  return typeof property.value === 'string' ? shorten(property.value) : inspectProperty(property, 1, list());
};

// Returns what `Error.prototype.toString` would, without running user code.
const safeHeader = (error) => {
  const fields = platformFields(error); // of a DOMException
  if (fields !== undefined) return shorten(fields.message ? `${fields.name}: ${fields.message}` : fields.name);
  const before = textLeft;
  textLeft ||= TEXT;
  const name = found(error, 'name')?.get ? className(error) : textOfProperty(error, 'name');
  const message = textOfProperty(error, 'message') ?? '';
  textLeft = before;
  return `${name ?? 'Error'}${(name ?? 'Error') && message ? ': ' : ''}${message}`;
};

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

const indented = (text, by = '  ') => {
  let result = '';
  let start = 0;
  for (let end = indexOf(text, '\n'); end >= 0; end = indexOf(text, '\n', start)) {
    result += `${slice(text, start, end + 1)}${by}`;
    start = end + 1;
  }
  return start ? result + slice(text, start) : text;
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
