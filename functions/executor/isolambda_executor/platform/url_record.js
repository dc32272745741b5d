// URLs in their parts, and the parser of plain ones: most are, and need nothing of `url_parser.js`, which knows all.
const { charCodeAt, includes, slice, startsWith } = need('primordials');

// A URL in its parts, as they are serialized. `host`, `query` and `fragment` can be null. A path that is not
// opaque is '' or begins with a slash.
const newUrl = (scheme) => ({
  __proto__: null,
  scheme,
  username: '',
  password: '',
  host: null,
  port: '',
  path: '',
  isOpaque: false,
  query: null,
  fragment: null,
});

const HASH = 35;
const HYPHEN = 45;
const DOT = 46;
const MARK = 63; // ?
const isLetter = (code) => (code | 32) >= 97 && (code | 32) <= 122;
const isDigit = (code) => code >= 48 && code <= 57;
const BEHIND_HOSTS = '/?#';
const UNCHANGED = '%&+,-./:;=@_~'; // in paths, queries and fragments, besides letters and digits

// Returns where the host ends that begins at `start`; -1 unless it is a name in lower case.
const endOfName = (text, start) => {
  let label = start;
  let at = start;
  for (; at < text.length; at++) {
    const code = charCodeAt(text, at);
    if (code === DOT) label = at + 1;
    else if (!isDigit(code) && code !== HYPHEN && (code < 97 || code > 122)) break;
  }
  // A last label that begins with a digit may be that of an IPv4 address.
  return at === label || isDigit(charCodeAt(text, label)) ? -1 : at;
};

// Returns the URL if the text is that of an ordinary one, as it would be serialized; undefined for all else.
const parsePlain = (text) => {
  const scheme = startsWith(text, 'https://') ? 'https' : 'http';
  const start = scheme.length + 3;
  if (scheme === 'http' && !startsWith(text, 'http://')) return undefined;
  const end = endOfName(text, start);
  if (end < 0 || (end < text.length && !includes(BEHIND_HOSTS, text[end]))) return undefined;
  let mark = -1;
  let hash = -1;
  for (let at = end; at < text.length; at++) {
    const code = charCodeAt(text, at);
    if (isLetter(code) || isDigit(code)) continue;
    if (code === MARK && mark < 0 && hash < 0) mark = at;
    else if (code === HASH && hash < 0) hash = at;
    else if (!includes(UNCHANGED, text[at])) return undefined;
  }
  const last = hash < 0 ? text.length : hash;
  const path = slice(text, end, mark < 0 ? last : mark);
  if (includes(path, '/.') || includes(path, '%2')) return undefined; // perhaps `.` or `..`
  const url = newUrl(scheme);
  url.host = slice(text, start, end);
  url.path = path === '' ? '/' : path;
  if (mark >= 0) url.query = slice(text, mark + 1, last);
  if (hash >= 0) url.fragment = slice(text, hash + 1);
  return url;
};

// Returns the URL, or undefined if the text is none.
const parseUrl = (text, base = null) =>
  (base === null ? parsePlain(text) : undefined) ?? need('url_parser').parseUrl(text, base);

const hostWithPort = (url) => (url.port === '' ? url.host : `${url.host}:${url.port}`);

const serializeUrl = (url, withFragment = true) => {
  let text = `${url.scheme}:`;
  if (url.host !== null) {
    text += '//';
    if (url.username !== '' || url.password !== '') {
      text += url.username + (url.password === '' ? '' : `:${url.password}`);
      text += '@';
    }
    text += hostWithPort(url);
  } else if (!url.isOpaque && startsWith(url.path, '//')) {
    text += '/.'; // else the path would be read as a host
  }
  text += url.path;
  if (url.query !== null) text += `?${url.query}`;
  return withFragment && url.fragment !== null ? `${text}#${url.fragment}` : text;
};

return { __proto__: null, hostWithPort, newUrl, parseUrl, serializeUrl };
