// MIME types (WHATWG MIME Sniffing, 4), and the one of Content-Type (WHATWG Fetch, 2.2.2).
const { charCodeAt, indexOf, list, replaceAll, slice, toLowerCase } = need('primordials');

const isWhitespace = (code) => code === 9 || code === 10 || code === 13 || code === 32;

// Returns a text without the whitespace of HTTP around it.
const trimHttp = (text) => {
  let start = 0;
  let end = text.length;
  while (start < end && isWhitespace(charCodeAt(text, start))) start++;
  while (end > start && isWhitespace(charCodeAt(text, end - 1))) end--;
  return slice(text, start, end);
};

const isTokenCode = (code) =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 94 && code <= 122) // digits, letters, ^_`
  || code === 33 || (code >= 35 && code <= 39) || code === 42 || code === 43 || code === 45 || code === 46 // !#$%&'*+-.
  || code === 124 || code === 126; // | ~
const isToken = (text) => {
  for (let i = 0; i < text.length; i++) if (!isTokenCode(charCodeAt(text, i))) return false;
  return text !== '';
};

const isQuotable = (text) => {
  for (let i = 0; i < text.length; i++) {
    const code = charCodeAt(text, i);
    if (code !== 9 && (code < 32 || code === 127 || code > 255)) return false;
  }
  return true;
};

const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;

// Returns the text that stands in quotes from `start` on, and where it ends.
const quotedText = (text, start) => {
  let value = '';
  let from = start + 1;
  for (let i = from; i < text.length; i++) {
    const code = charCodeAt(text, i);
    if (code === QUOTE) return { __proto__: null, value: value + slice(text, from, i), end: i + 1 };
    if (code !== BACKSLASH) continue;
    value += slice(text, from, i);
    from = i + 1 < text.length ? ++i : i; // a backslash at the end stands for itself
  }
  return { __proto__: null, value: value + slice(text, from), end: text.length };
};

// Returns where a character stands, or the length.
const next = (text, character, start) => {
  const at = indexOf(text, character, start);
  return at < 0 ? text.length : at;
};

// Returns the essence and the parameters, an object without prototype, or undefined.
const parseMime = (input) => {
  const text = trimHttp(input);
  const slash = indexOf(text, '/');
  if (slash < 0 || !isToken(slice(text, 0, slash))) return undefined;
  let at = next(text, ';', slash);
  const subtype = trimHttp(slice(text, slash + 1, at));
  if (!isToken(subtype)) return undefined;
  const parameters = { __proto__: null };
  while (at < text.length) {
    at++;
    while (at < text.length && isWhitespace(charCodeAt(text, at))) at++;
    const semicolon = next(text, ';', at);
    const length = indexOf(slice(text, at, semicolon), '=');
    const name = toLowerCase(slice(text, at, at + length));
    const equals = at + length;
    at = semicolon;
    if (length < 0) continue;
    let value;
    if (charCodeAt(text, equals + 1) === QUOTE) {
      const quoted = quotedText(text, equals + 1);
      value = quoted.value;
      at = next(text, ';', quoted.end);
    } else {
      value = trimHttp(slice(text, equals + 1, semicolon));
      if (value === '') continue;
    }
    if (isToken(name) && isQuotable(value) && !(name in parameters)) parameters[name] = value;
  }
  return { __proto__: null, essence: toLowerCase(`${slice(text, 0, slash)}/${subtype}`), parameters };
};

const serializeMime = (type) => {
  let text = type.essence;
  for (const name in type.parameters) {
    const value = type.parameters[name];
    text += `;${name}=${isToken(value) ? value : `"${replaceAll(replaceAll(value, '\\', '\\\\'), '"', '\\"')}"`}`;
  }
  return text;
};

// Returns the parts of a header's value between its commas, which do not stand in quotes.
const splitValue = (text) => {
  const parts = list();
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = charCodeAt(text, i);
    if (code === QUOTE) {
      i = quotedText(text, i).end - 1;
    } else if (code === COMMA || i === text.length) {
      parts[parts.length] = trimHttp(slice(text, start, i));
      start = i + 1;
    }
  }
  return parts;
};

// Returns the MIME type that the values of Content-Type name, or undefined.
const extractMime = (value) => {
  let type;
  let charset;
  const parts = splitValue(value);
  for (let i = 0; i < parts.length; i++) {
    const parsed = parseMime(parts[i]);
    if (parsed === undefined || parsed.essence === '*/*') continue;
    if (type === undefined || parsed.essence !== type.essence) charset = parsed.parameters.charset;
    else if ('charset' in parsed.parameters) charset = parsed.parameters.charset;
    else if (charset !== undefined) parsed.parameters.charset = charset;
    type = parsed;
  }
  return type;
};

return { __proto__: null, extractMime, isToken, parseMime, serializeMime, trimHttp };
