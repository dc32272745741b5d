// The hosts of URLs (WHATWG URL, 3).
const {
  Uint16Array, Uint8Array, charCodeAt, decodeURIComponent, endsWith, includes, lastIndexOf, numberToString,
  parseInteger, slice, split, startsWith, toLowerCase,
} = need('primordials');
const { CONTROL, percentEncode } = need('percent');

const IN_HOSTS = 1;
const IN_DOMAINS = 2;
const forbidden = new Uint8Array(128); // where a character is forbidden
const forbid = (characters, where) => {
  for (let i = 0; i < characters.length; i++) forbidden[charCodeAt(characters, i)] |= where;
};
for (let code = 0; code < 32; code++) forbidden[code] = IN_DOMAINS;
forbid('\0\t\n\r #/:<>?@[\\]^|', IN_HOSTS | IN_DOMAINS);
forbid('%\x7f', IN_DOMAINS);

const hasForbidden = (text, where) => {
  for (let i = 0; i < text.length; i++) {
    const code = charCodeAt(text, i);
    if (code < 128 && forbidden[code] & where) return true;
  }
  return false;
};

const isAscii = (text) => {
  for (let i = 0; i < text.length; i++) if (charCodeAt(text, i) > 127) return false;
  return true;
};

const DOT = 46;
const ZERO = 48;
const COLON = 58;
const isDigit = (code) => code >= ZERO && code <= 57;
const digitOf = (code) => {
  if (isDigit(code)) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : 16;
};

// Returns the number that a part of an IPv4 address stands for, or NaN.
const ipv4Number = (part) => {
  if (part === '') return NaN;
  let radix = 10;
  let start = 0;
  if (part.length > 1 && startsWith(part, '0')) {
    const isHex = (charCodeAt(part, 1) | 32) === 120; // x
    radix = isHex ? 16 : 8;
    start = isHex ? 2 : 1;
  }
  for (let i = start; i < part.length; i++) if (digitOf(charCodeAt(part, i)) >= radix) return NaN;
  return start === part.length ? 0 : parseInteger(slice(part, start), radix);
};

const endsInNumber = (domain) => {
  const end = endsWith(domain, '.') ? domain.length - 1 : domain.length;
  const last = slice(domain, lastIndexOf(domain, '.', end - 1) + 1, end);
  for (let i = 0; i < last.length; i++) if (!isDigit(charCodeAt(last, i))) return ipv4Number(last) >= 0;
  return last !== '';
};

const ipv4Of = (domain) => {
  const parts = split(domain, '.', 6);
  let count = parts.length;
  if (parts[count - 1] === '') count--;
  if (count > 4) return undefined;
  let address = 0;
  for (let i = 0; i < count; i++) {
    const number = ipv4Number(parts[i]);
    // The last part has what the others leave.
    if (!(number < (i < count - 1 ? 256 : 256 ** (5 - count)))) return undefined;
    address += i < count - 1 ? number * 256 ** (3 - i) : number;
  }
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
};

// Reads the IPv4 address at the end of an IPv6 address into two pieces. Returns whether there is one.
const readIpv4InIpv6 = (text, at, pieces, piece) => {
  for (let seen = 0; seen < 4; seen++) {
    if (seen > 0 && charCodeAt(text, at++) !== DOT) return false;
    const start = at;
    let value = 0;
    while (at < start + 3 && isDigit(charCodeAt(text, at))) value = value * 10 + digitOf(charCodeAt(text, at++));
    if (at === start || value > 255 || (at > start + 1 && charCodeAt(text, start) === ZERO)) return false;
    pieces[piece + (seen >> 1)] = pieces[piece + (seen >> 1)] * 256 + value;
  }
  return at === text.length;
};

const ipv6Pieces = (text) => {
  const pieces = new Uint16Array(8);
  let piece = 0;
  let compressed = -1;
  let at = 0;
  if (startsWith(text, ':')) {
    if (!startsWith(text, '::')) return undefined;
    at = 2;
    compressed = 0;
  }
  while (at < text.length) {
    if (piece === 8) return undefined;
    if (charCodeAt(text, at) === COLON) {
      if (compressed >= 0) return undefined;
      at++;
      compressed = piece;
      continue;
    }
    const start = at;
    let value = 0;
    while (at < start + 4 && digitOf(charCodeAt(text, at)) < 16) value = value * 16 + digitOf(charCodeAt(text, at++));
    if (charCodeAt(text, at) === DOT) {
      if (at === start || piece > 6 || !readIpv4InIpv6(text, start, pieces, piece)) return undefined;
      piece += 2;
      break;
    }
    if (charCodeAt(text, at) === COLON) {
      if (++at === text.length) return undefined;
    } else if (at < text.length) {
      return undefined;
    }
    pieces[piece++] = value;
  }
  if (compressed < 0) return piece === 8 ? pieces : undefined;
  // What stands behind the compressed zeros moves to the end.
  for (let moved = piece - 1, to = 7; piece < 8 && moved >= compressed; moved--, to--) {
    pieces[to] = pieces[moved];
    pieces[moved] = 0;
  }
  return pieces;
};

const ipv6Of = (text) => {
  const pieces = ipv6Pieces(text);
  if (pieces === undefined) return undefined;
  let zeros = -1; // the first longest run of two zeros or more
  let length = 1;
  for (let i = 0, start = 0; i < 8; i++) {
    if (pieces[i] !== 0) start = i + 1;
    else if (i + 1 - start > length) {
      zeros = start;
      length = i + 1 - start;
    }
  }
  let result = '';
  for (let i = 0; i < 8; i++) {
    if (i === zeros) {
      result += i === 0 ? '::' : ':';
      i += length - 1;
    } else {
      result += numberToString(pieces[i], 16);
      if (i < 7) result += ':';
    }
  }
  return `[${result}]`;
};

// The table is large, so only domains that need it load it. Encoding takes time that grows with the square of
// the length; no name in the DNS has more than 253 characters.
const IDNA = { __proto__: null, checkBidi: true, checkJoiners: true };
const LONGEST = 2_048;
const asciiOf = (domain) => {
  if (isAscii(domain)) return toLowerCase(domain);
  return domain.length > LONGEST ? undefined : need('vendor/idna').toASCII(domain, IDNA);
};

const decodeHost = (text) => {
  try {
    return includes(text, '%') ? decodeURIComponent(text) : text;
  } catch {
    return undefined; // the `%`, or the replacement of what is no UTF-8, would be forbidden
  }
};

// Returns the host as it is serialized, or undefined if the text is none.
const parseHost = (text, isSpecial) => {
  if (startsWith(text, '[')) return endsWith(text, ']') ? ipv6Of(slice(text, 1, -1)) : undefined;
  if (!isSpecial) return hasForbidden(text, IN_HOSTS) ? undefined : percentEncode(text, CONTROL);
  const decoded = decodeHost(text);
  if (decoded === undefined) return undefined;
  const domain = asciiOf(decoded);
  if (!domain || hasForbidden(domain, IN_DOMAINS)) return undefined;
  return endsInNumber(domain) ? ipv4Of(domain) : domain;
};

return {
  __proto__: null, parseHost,
};
