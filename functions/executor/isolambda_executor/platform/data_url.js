// The URLs that hold their content (WHATWG Fetch, 6).
const { fromBase64, indexOf, slice, toLowerCase } = need('primordials');
const { binaryOf } = need('bytes');
const { parseMime, serializeMime, trimHttp } = need('mime');
const { percentDecodeBytes } = need('percent');
const { serializeUrl } = need('url_parser');

const BASE64 = 'base64';
const DEFAULT_TYPE = 'text/plain;charset=US-ASCII';

const withoutSpacesAtEnd = (text) => {
  let end = text.length;
  while (end > 0 && text[end - 1] === ' ') end--;
  return slice(text, 0, end);
};

// Returns what stands before the word of a base64 URL, or undefined.
const typeOfBase64 = (text) => {
  const at = text.length - BASE64.length;
  if (at < 1 || toLowerCase(slice(text, at)) !== BASE64) return undefined;
  const before = withoutSpacesAtEnd(slice(text, 0, at));
  return before[before.length - 1] === ';' ? slice(before, 0, -1) : undefined;
};

const decoded = (bytes) => {
  try {
    return fromBase64(binaryOf(bytes));
  } catch {
    return undefined;
  }
};

// Returns the bytes and the type of a parsed URL, or undefined if it holds none.
const readDataUrl = (url) => {
  const text = slice(serializeUrl(url, false), 'data:'.length);
  const comma = indexOf(text, ',');
  if (comma < 0) return undefined;
  const given = trimHttp(slice(text, 0, comma));
  const ofBase64 = typeOfBase64(given);
  const plain = percentDecodeBytes(slice(text, comma + 1));
  const bytes = ofBase64 === undefined ? plain : decoded(plain);
  if (bytes === undefined) return undefined;
  const named = ofBase64 ?? given;
  const type = parseMime(named[0] === ';' ? `text/plain${named}` : named);
  return { __proto__: null, bytes, type: type === undefined ? DEFAULT_TYPE : serializeMime(type) };
};

return { __proto__: null, readDataUrl };
