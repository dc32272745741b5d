// The format multipart/form-data (RFC 7578, and HTML 4.10.21.8).
const {
  TypeError, Uint8Array, indexOf, list, listOf, numberToString, replaceAll, slice, startsWith, toLowerCase,
} = need('primordials');
const { binaryOf, bytesBetween, bytesOfBinary, joinBytes } = need('bytes');
const { bytesOf, fileName, newFile, typeOf } = need('blob');
const { isToken, trimHttp } = need('mime');
const { decodeUtf8, encodeUtf8 } = need('utf8');

const RANDOM_BYTES = 12;
const randomBoundary = () => {
  const bytes = new Uint8Array(RANDOM_BYTES);
  host.random(bytes);
  let text = '----formdata-';
  for (let i = 0; i < RANDOM_BYTES; i++) text += slice(numberToString(256 + bytes[i], 16), 1);
  return text;
};

const withCrLf = (text) => replaceAll(replaceAll(replaceAll(text, '\r\n', '\n'), '\r', '\n'), '\n', '\r\n');
const escaped = (text) => replaceAll(replaceAll(replaceAll(text, '\n', '%0A'), '\r', '%0D'), '"', '%22');
const unescaped = (text) => replaceAll(replaceAll(replaceAll(text, '%0A', '\n'), '%0D', '\r'), '%22', '"');

// Returns the bytes of some entries, and their type.
const writeMultipart = (entries) => {
  const boundary = randomBoundary();
  const parts = list();
  const add = (text) => { parts[parts.length] = encodeUtf8(text); };
  for (let i = 0; i < entries.length; i++) {
    const name = entries[i][0];
    const value = entries[i][1];
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(withCrLf(name))}"`;
    if (typeof value === 'string') {
      add(`${head}\r\n\r\n${withCrLf(value)}\r\n`);
    } else {
      add(`${head}; filename="${escaped(fileName(value))}"\r\n`
        + `Content-Type: ${typeOf(value) || 'application/octet-stream'}\r\n\r\n`);
      parts[parts.length] = bytesOf(value);
      add('\r\n');
    }
  }
  add(`--${boundary}--\r\n`);
  return { __proto__: null, bytes: joinBytes(parts), type: `multipart/form-data; boundary=${boundary}` };
};

const fail = (why) => {
  throw new TypeError(`the body is not multipart/form-data: ${why}`);
};

const textOf = (binary) => decodeUtf8(bytesOfBinary(binary));

// Returns the parameters of `form-data; name="..."; filename="..."`.
const readDisposition = (value) => {
  const parameters = { __proto__: null };
  let at = indexOf(value, ';');
  if (toLowerCase(trimHttp(at < 0 ? value : slice(value, 0, at))) !== 'form-data') fail('a part is not form-data');
  while (at >= 0 && at < value.length) {
    const equals = indexOf(value, '=', at);
    if (equals < 0) break;
    const key = toLowerCase(trimHttp(slice(value, at + 1, equals)));
    const isQuoted = startsWith(value, '"', equals + 1);
    const start = isQuoted ? equals + 2 : equals + 1;
    const end = indexOf(value, isQuoted ? '"' : ';', start);
    if (isQuoted && end < 0) fail('a quote does not end');
    parameters[key] = end < 0 ? trimHttp(slice(value, start)) : slice(value, start, end);
    at = isQuoted ? indexOf(value, ';', end) : end;
  }
  return parameters;
};

// Returns the parameters and the type of a part with such headers.
const readHead = (head) => {
  let disposition;
  let type = 'text/plain';
  for (let start = 0; start < head.length;) {
    const found = indexOf(head, '\r\n', start);
    const end = found < 0 ? head.length : found;
    const colon = indexOf(slice(head, start, end), ':');
    const key = slice(head, start, start + colon);
    if (colon < 0 || !isToken(key)) fail('a part has a line that is no header');
    const value = trimHttp(slice(head, start + colon + 1, end));
    if (toLowerCase(key) === 'content-disposition') disposition = readDisposition(value);
    if (toLowerCase(key) === 'content-type') type = value;
    start = end + 2;
  }
  if (disposition === undefined || !('name' in disposition)) fail('a part has no name');
  return { __proto__: null, disposition, type };
};

const LONGEST_BOUNDARY = 70; // RFC 2046

// Returns pairs of a name and a text or a file; the files share the memory of `bytes`.
const parseMultipart = (bytes, boundary) => {
  if (!boundary) fail('its type has no boundary');
  if (boundary.length > LONGEST_BOUNDARY) {
    fail(`its boundary has ${boundary.length} characters, ${LONGEST_BOUNDARY} at most are allowed`);
  }
  const binary = binaryOf(bytes);
  const delimiter = `\r\n--${boundary}`;
  if (!startsWith(binary, slice(delimiter, 2))) fail('it does not begin with the boundary');
  const entries = list();
  for (let at = delimiter.length - 2; !startsWith(binary, '--', at);) {
    if (!startsWith(binary, '\r\n', at)) fail('no line ends behind a boundary');
    const start = indexOf(binary, '\r\n\r\n', at) + 4;
    const end = start < 4 ? -1 : indexOf(binary, delimiter, start);
    if (end < 0) fail('a part does not end');
    const { disposition, type } = readHead(slice(binary, at + 2, start - 4));
    const content = bytesBetween(bytes, start, end);
    const { filename } = disposition;
    entries[entries.length] = listOf(
      unescaped(textOf(disposition.name)),
      filename === undefined ? decodeUtf8(content) : newFile(content, unescaped(textOf(filename)), type),
    );
    at = end + delimiter.length;
  }
  return entries;
};

return { __proto__: null, parseMultipart, writeMultipart };
