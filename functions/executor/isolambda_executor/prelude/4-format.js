// Formats the arguments of a console method as one text.

const NATIVE = '{ [native code] }';

// Returns a text for `%s` and labels; calls `toString` only if user code defines it.
const stringFor = (value) => {
  if (typeof value === 'string') return value;
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  if (isObject && !isError(behind(value))) {
    try {
      const asked = found(behind(value), 'toString')?.value;
      const isNative = typeof asked !== 'function' || slice(functionToString(asked), -NATIVE.length) === NATIVE;
      if (!isNative) return `${apply(asked, value, [])}`;
    } catch {
      // Show it as any other object.
    }
  }
  return inspect(value, isObject ? 1 : 0);
};

const numberFor = (value, read) => {
  if (typeof value === 'bigint') return inspect(value);
  if (typeof value === 'number' || typeof value === 'string') return inspect(read(`${value}`));
  if (typeof value !== 'object' || value === null) return 'NaN';
  const content = later('kinds').numberOrStringIn(behind(value));
  return content === undefined ? 'NaN' : inspect(read(`${content}`));
};

// `%c` sets colours, which lines do not have.
const directives = {
  __proto__: null,
  s: stringFor,
  d: (value) => numberFor(value, (text) => parseInteger(text, 10)),
  i: (value) => numberFor(value, (text) => parseInteger(text, 10)),
  f: (value) => numberFor(value, parseDecimal),
  o: (value) => inspect(value, 1),
  O: (value) => inspect(value, 1),
  c: () => '',
};

const joinedValues = (values, from = 0, text = '') => {
  for (let i = from; i < values.length; i++) text += (i ? ' ' : '') + inspect(values[i]);
  return text;
};

const format = (values) => {
  const template = values[0];
  if (values.length < 2 || typeof template !== 'string') return joinedValues(values);
  let text = '';
  let used = 1;
  let start = 0;
  for (let at = indexOf(template, '%'); at >= 0 && at < template.length - 1; at = indexOf(template, '%', at)) {
    const letter = template[at + 1];
    if (letter === '%') {
      text += slice(template, start, at + 1);
    } else if (letter in directives && used < values.length) {
      text += slice(template, start, at) + directives[letter](values[used++]);
    } else {
      at++;
      continue;
    }
    at += 2;
    start = at;
  }
  return joinedValues(values, used, text + slice(template, start));
};
