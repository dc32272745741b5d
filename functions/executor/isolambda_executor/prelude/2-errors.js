// Reads the name and the message of an error without running user code.
const nativeStack = getOwnPropertyDescriptor(new OriginalError(''), 'stack').get;

// Returns a name or a message as text, or undefined.
const textOfProperty = (error, key) => {
  const property = found(error, key);
  if (!property || ('value' in property && property.value === undefined)) return undefined;
  return typeof property.value === 'string' ? shorten(property.value) : later('show').inspectProperty(property, 1, list());
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

const indented = (text, by = '  ') => {
  let result = '';
  let start = 0;
  for (let end = indexOf(text, '\n'); end >= 0; end = indexOf(text, '\n', start)) {
    result += `${slice(text, start, end + 1)}${by}`;
    start = end + 1;
  }
  return start ? result + slice(text, start) : text;
};

