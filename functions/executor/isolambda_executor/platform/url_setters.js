// What the setters of URL do (WHATWG URL, 6.1): each reads one part of a URL, and leaves the URL as it is if
// the text is no such part.
const { indexOf, min, slice, startsWith, toLowerCase } = need('primordials');
const { FRAGMENT, QUERY, SPECIAL_QUERY, USERINFO, percentEncode } = need('percent');
const { parseHost } = need('url_host');
const {
  DEFAULT_PORTS, digitsOf, firstSlash, isSpecial, portColon, portOf, schemeLength, setPathAfterHost, setSegments,
  withoutTabsAndNewlines,
} = need('url_parser');

const hasCredentials = (url) => url.username !== '' || url.password !== '';
const cannotHaveCredentials = (url) => url.host === null || url.host === '' || url.scheme === 'file';

const setProtocol = (url, value) => {
  const text = `${withoutTabsAndNewlines(value)}:`;
  const length = schemeLength(text);
  if (length < 0) return;
  const scheme = toLowerCase(slice(text, 0, length));
  if (scheme in DEFAULT_PORTS !== isSpecial(url)) return;
  if (scheme === 'file' && (hasCredentials(url) || url.port !== '')) return;
  if (url.scheme === 'file' && url.host === '') return;
  url.scheme = scheme;
  url.port = portOf(url, url.port);
};

const setUsername = (url, value) => {
  if (!cannotHaveCredentials(url)) url.username = percentEncode(value, USERINFO);
};

const setPassword = (url, value) => {
  if (!cannotHaveCredentials(url)) url.password = percentEncode(value, USERINFO);
};

// Returns what stands before the path, the query and the fragment.
const authorityOf = (url, value) => {
  const text = withoutTabsAndNewlines(value);
  let end = firstSlash(url, text);
  const mark = indexOf(text, '?');
  if (mark >= 0) end = min(end, mark);
  const hash = indexOf(text, '#');
  if (hash >= 0) end = min(end, hash);
  return slice(text, 0, end);
};

const setFileHost = (url, text) => {
  const host = text === '' ? '' : parseHost(text, true);
  if (host !== undefined) url.host = host === 'localhost' ? '' : host;
};

const setPortDigits = (url, text) => {
  const digits = slice(text, 0, digitsOf(text));
  const port = digits === '' ? undefined : portOf(url, digits);
  if (port !== undefined) url.port = port;
};

const setPlace = (url, value, withPort) => {
  if (url.isOpaque) return;
  const text = authorityOf(url, value);
  if (url.scheme === 'file') {
    setFileHost(url, text);
    return;
  }
  const colon = portColon(text);
  if (colon >= 0 && !withPort) return;
  const name = colon < 0 ? text : slice(text, 0, colon);
  if (name === '' && (isSpecial(url) || colon >= 0 || hasCredentials(url) || url.port !== '')) return;
  const host = parseHost(name, isSpecial(url));
  if (host === undefined) return;
  url.host = host;
  if (colon >= 0) setPortDigits(url, slice(text, colon + 1));
};

const setHost = (url, value) => setPlace(url, value, true);
const setHostname = (url, value) => setPlace(url, value, false);

const setPort = (url, value) => {
  if (cannotHaveCredentials(url)) return;
  if (value === '') url.port = '';
  else setPortDigits(url, withoutTabsAndNewlines(value));
};

const setPathname = (url, value) => {
  if (url.isOpaque) return;
  url.path = '';
  const text = withoutTabsAndNewlines(value);
  // Without a host, an empty path would be opaque.
  if (url.host === null && text === '') setSegments(url, '', '');
  else setPathAfterHost(url, text);
};

const withoutMark = (value, mark) => (startsWith(value, mark) ? slice(value, 1) : value);

const setSearch = (url, value) => {
  const text = withoutTabsAndNewlines(withoutMark(value, '?'));
  url.query = value === '' ? null : percentEncode(text, isSpecial(url) ? SPECIAL_QUERY : QUERY);
};

const setHash = (url, value) => {
  const text = withoutTabsAndNewlines(withoutMark(value, '#'));
  url.fragment = value === '' ? null : percentEncode(text, FRAGMENT);
};

return {
  __proto__: null, setHash, setHost, setHostname, setPassword, setPathname, setPort, setProtocol, setSearch,
  setUsername,
};
