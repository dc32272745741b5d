// The parser of URLs (WHATWG URL, 4). It reads a URL part by part, not character by character; what the
// standard's states do at a character is what these functions do at the end of a part.
const {
  charCodeAt, endsWith, includes, indexOf, join, lastIndexOf, list, parseInteger, setPrototypeOf, slice, split,
  startsWith, toLowerCase,
} = need('primordials');
const { CONTROL, FRAGMENT, PATH, QUERY, SPECIAL_QUERY, USERINFO, percentEncode } = need('percent');
const { parseHost } = need('url_host');
const { hostWithPort, newUrl, serializeUrl } = need('url_record');

const DEFAULT_PORTS = { __proto__: null, http: '80', https: '443', ws: '80', wss: '443', ftp: '21', file: '' };
const isSpecial = (url) => url.scheme in DEFAULT_PORTS;

const SLASH = 47;
const COLON = 58;
const OPEN = 91; // [
const BACKSLASH = 92;
const CLOSE = 93;
const isLetter = (code) => (code | 32) >= 97 && (code | 32) <= 122;
const isDigit = (code) => code >= 48 && code <= 57;

const replaced = (text, character, by) => (includes(text, character) ? join(split(text, character), by) : text);
const withoutTabsAndNewlines = (text) => replaced(replaced(replaced(text, '\t', ''), '\n', ''), '\r', '');

const trimmed = (text) => {
  let start = 0;
  let end = text.length;
  while (start < end && charCodeAt(text, start) <= 32) start++;
  while (end > start && charCodeAt(text, end - 1) <= 32) end--;
  return slice(text, start, end);
};

// Returns the length of the scheme before the colon, or -1.
const schemeLength = (text) => {
  if (!isLetter(charCodeAt(text, 0))) return -1;
  for (let i = 1; i < text.length; i++) {
    const code = charCodeAt(text, i);
    if (code === COLON) return i;
    if (!isLetter(code) && !isDigit(code) && code !== 43 && code !== 45 && code !== 46) return -1; // + - .
  }
  return -1;
};

const isSlash = (url, text, index) => {
  const code = charCodeAt(text, index);
  return code === SLASH || (code === BACKSLASH && isSpecial(url));
};

// Returns where the first slash stands, or the length.
const firstSlash = (url, text) => {
  const slash = indexOf(text, '/');
  const end = slash < 0 ? text.length : slash;
  const backslash = isSpecial(url) ? indexOf(text, '\\') : -1;
  return backslash < 0 || backslash > end ? end : backslash;
};

const isDriveLetter = (text) =>
  text.length === 2 && isLetter(charCodeAt(text, 0)) && (endsWith(text, ':') || endsWith(text, '|'));
const startsWithDriveLetter = (text) => {
  const next = charCodeAt(text, 2);
  return isDriveLetter(slice(text, 0, 2)) && (text.length === 2 || next === SLASH || next === BACKSLASH);
};

const isNormalDrive = (path) => path.length === 3 && endsWith(path, ':') && isLetter(charCodeAt(path, 1)); // `/C:`

// Returns a path without its last segment; a drive stays.
const shortened = (url, path) =>
  (path === '' || (url.scheme === 'file' && isNormalDrive(path)) ? path : slice(path, 0, lastIndexOf(path, '/')));

const DOTS = { __proto__: null, '.': 1, '%2e': 1, '..': 2, '.%2e': 2, '%2e.': 2, '%2e%2e': 2 };
const dotsOf = (segment) => (segment.length <= 6 ? DOTS[toLowerCase(segment)] ?? 0 : 0);
const mayHaveDots = (text) => startsWith(text, '.') || includes(text, '/.') || includes(text, '%2');

// Sets the path to `prefix` and the segments of `text`, which begins behind a slash.
const setSegments = (url, prefix, text) => {
  const path = isSpecial(url) ? replaced(text, '\\', '/') : text;
  const isFile = url.scheme === 'file';
  if (!isFile && !mayHaveDots(path)) {
    url.path = `${prefix}/${percentEncode(path, PATH)}`;
    return;
  }
  const segments = prefix === '' ? list() : split(slice(prefix, 1), '/');
  setPrototypeOf(segments, null);
  const parts = split(path, '/');
  for (let i = 0; i < parts.length; i++) {
    const dots = dotsOf(parts[i]);
    if (dots === 0) {
      const isDrive = isFile && segments.length === 0 && isDriveLetter(parts[i]);
      segments[segments.length] = isDrive ? `${slice(parts[i], 0, 1)}:` : percentEncode(parts[i], PATH);
      continue;
    }
    const isDriveLeft = isFile && segments.length === 1 && isNormalDrive(`/${segments[0]}`);
    if (dots === 2 && segments.length > 0 && !isDriveLeft) segments.length--;
    if (i === parts.length - 1) segments[segments.length] = '';
  }
  url.path = segments.length ? `/${join(segments, '/')}` : '';
};

// Sets the path behind an authority.
const setPathAfterHost = (url, text) => {
  if (isSpecial(url) || text !== '') setSegments(url, '', isSlash(url, text, 0) ? slice(text, 1) : text);
};

// Returns where the colon before the port stands, or -1.
const portColon = (text) => {
  let inBrackets = false;
  for (let i = 0; i < text.length; i++) {
    const code = charCodeAt(text, i);
    if (code === COLON && !inBrackets) return i;
    if (code === OPEN) inBrackets = true;
    else if (code === CLOSE) inBrackets = false;
  }
  return -1;
};

// Returns the number of digits at the start.
const digitsOf = (text) => {
  let count = 0;
  while (isDigit(charCodeAt(text, count))) count++;
  return count;
};

// Returns the port as it is serialized, '' if it is the scheme's, or undefined if it is none.
const portOf = (url, digits) => {
  if (digits === '') return '';
  const number = parseInteger(digits, 10);
  if (number > 65535) return undefined;
  return `${number}` === DEFAULT_PORTS[url.scheme] ? '' : `${number}`;
};

const setCredentials = (url, text) => {
  const colon = indexOf(text, ':');
  url.username = percentEncode(colon < 0 ? text : slice(text, 0, colon), USERINFO);
  if (colon >= 0) url.password = percentEncode(slice(text, colon + 1), USERINFO);
};

// Reads an authority and the path behind it. This and the next two return whether the URL is valid.
const readAuthority = (url, text) => {
  const end = firstSlash(url, text);
  const authority = slice(text, 0, end);
  const at = lastIndexOf(authority, '@');
  if (at >= 0) setCredentials(url, slice(authority, 0, at));
  const place = slice(authority, at + 1);
  const colon = portColon(place);
  const name = colon < 0 ? place : slice(place, 0, colon);
  if (name === '' && (isSpecial(url) || at >= 0 || colon >= 0)) return false;
  const host = parseHost(name, isSpecial(url));
  const digits = colon < 0 ? '' : slice(place, colon + 1);
  const port = digitsOf(digits) === digits.length ? portOf(url, digits) : undefined;
  if (host === undefined || port === undefined) return false;
  url.host = host;
  url.port = port;
  setPathAfterHost(url, slice(text, end));
  return true;
};

const readSpecialAuthority = (url, text) => {
  let slashes = 0;
  while (isSlash(url, text, slashes)) slashes++;
  return readAuthority(url, slice(text, slashes));
};

const readFile = (url, base, text) => {
  url.host = '';
  if (isSlash(url, text, 0) && isSlash(url, text, 1)) {
    const end = firstSlash(url, slice(text, 2)) + 2;
    const name = slice(text, 2, end);
    if (isDriveLetter(name)) {
      setSegments(url, '', slice(text, 2));
      return true;
    }
    const host = name === '' ? '' : parseHost(name, true);
    if (host === undefined) return false;
    url.host = host === 'localhost' ? '' : host;
    setPathAfterHost(url, slice(text, end));
    return true;
  }
  const path = isSlash(url, text, 0) ? slice(text, 1) : text;
  const isRelative = base !== null && base.scheme === 'file';
  if (isRelative) url.host = base.host;
  if (!isRelative || startsWithDriveLetter(path)) {
    setSegments(url, '', path);
  } else if (path !== text) {
    const drive = slice(base.path, 0, 3);
    const hasDrive = isNormalDrive(drive) && (base.path.length === 3 || charCodeAt(base.path, 3) === SLASH);
    setSegments(url, hasDrive ? drive : '', path);
  } else {
    readRelativePath(url, base, text);
  }
  return true;
};

const readRelativePath = (url, base, text) => {
  if (text !== '') {
    setSegments(url, shortened(url, base.path), text);
  } else {
    url.path = base.path;
    url.query ??= base.query;
  }
};

const readRelative = (url, base, text) => {
  if (isSlash(url, text, 0) && isSlash(url, text, 1)) {
    return isSpecial(url) ? readSpecialAuthority(url, text) : readAuthority(url, slice(text, 2));
  }
  url.username = base.username;
  url.password = base.password;
  url.host = base.host;
  url.port = base.port;
  if (isSlash(url, text, 0)) setSegments(url, '', slice(text, 1));
  else readRelativePath(url, base, text);
  return true;
};

const readOpaquePath = (url, text) => {
  url.isOpaque = true;
  const path = percentEncode(text, CONTROL);
  // A space at the end would be lost when the URL is parsed again.
  url.path = endsWith(path, ' ') ? `${slice(path, 0, -1)}%20` : path;
  return true;
};

const read = (url, base, text, hasScheme) => {
  if (url.scheme === 'file') return readFile(url, base, text);
  if (!hasScheme) return readRelative(url, base, text);
  const startsWithSlashes = startsWith(text, '//');
  if (isSpecial(url)) {
    const isRelative = base !== null && base.scheme === url.scheme && !startsWithSlashes;
    return isRelative ? readRelative(url, base, text) : readSpecialAuthority(url, text);
  }
  if (startsWithSlashes) return readAuthority(url, slice(text, 2));
  if (!startsWith(text, '/')) return readOpaquePath(url, text);
  setSegments(url, '', slice(text, 1));
  return true;
};

// Returns the URL, or undefined if the text is none.
const parseUrl = (input, base = null) => {
  const text = withoutTabsAndNewlines(trimmed(input));
  const length = schemeLength(text);
  const hasScheme = length >= 0;
  if (!hasScheme && base === null) return undefined;
  const url = newUrl(hasScheme ? toLowerCase(slice(text, 0, length)) : base.scheme);
  let rest = slice(text, length + 1);
  const hash = indexOf(rest, '#');
  if (hash >= 0) {
    url.fragment = percentEncode(slice(rest, hash + 1), FRAGMENT);
    rest = slice(rest, 0, hash);
  }
  if (!hasScheme && base.isOpaque) {
    if (hash !== 0) return undefined;
    url.isOpaque = true;
    url.path = base.path;
    url.query = base.query;
    return url;
  }
  const mark = indexOf(rest, '?');
  if (mark >= 0) {
    url.query = percentEncode(slice(rest, mark + 1), isSpecial(url) ? SPECIAL_QUERY : QUERY);
    rest = slice(rest, 0, mark);
  }
  return read(url, base, rest, hasScheme) ? url : undefined;
};

return {
  __proto__: null, DEFAULT_PORTS, digitsOf, firstSlash, hostWithPort, isSpecial, parseUrl, portColon, portOf,
  schemeLength, serializeUrl, setPathAfterHost, setSegments, withoutTabsAndNewlines,
};
