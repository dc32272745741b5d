// URL (WHATWG URL, 6.1).
const { TypeError, slice, startsWith } = need('primordials');
const { defineInterface, requireArguments, toUSVString } = need('interfaces');
const { hostWithPort, parseUrl, serializeUrl } = need('url_record');

// A base that is undefined is none.
const toBase = (base) => (base === undefined ? undefined : toUSVString(base));
const parse = (text, base) => {
  if (base === undefined) return parseUrl(text);
  const parsedBase = parseUrl(base);
  return parsedBase && parseUrl(text, parsedBase);
};

const SHOWN = 100; // characters of a text that is no URL
const quoted = (text) => `"${text.length > SHOWN ? `${slice(text, 0, SHOWN)}\u2026` : text}"`;
const parseOrThrow = (text, base, where) => {
  const url = parse(text, base);
  if (url !== undefined) return url;
  const relative = base === undefined ? '' : ` relative to ${quoted(base)}`;
  throw new TypeError(`${where}: ${quoted(text)} is not a valid URL${relative}`);
};

const TUPLE_ORIGINS = { __proto__: null, http: true, https: true, ws: true, wss: true, ftp: true };
const originOf = (url) => {
  if (url.scheme in TUPLE_ORIGINS) return `${url.scheme}://${hostWithPort(url)}`;
  // The origin of a blob stands in its path.
  const inner = url.scheme === 'blob' ? parseUrl(url.path) : undefined;
  return inner !== undefined && (inner.scheme === 'http' || inner.scheme === 'https') ? originOf(inner) : 'null';
};

// Most code needs neither parameters nor setters, which are chunks of their own.
const replaceParams = (params, query) => {
  const { parseForm, replacePairs } = need('url_search_params');
  replacePairs(params, parseForm(query));
};
const INTERNAL = { __proto__: null };
let hrefOf;
let paramsOf;

class URL {
  #url;
  #params;

  static {
    hrefOf = (object) => serializeUrl(object.#url);
    paramsOf = (object) => {
      const url = object.#url;
      if (object.#params !== undefined) return object.#params;
      const { makeParams, parseForm, serializeForm } = need('url_search_params');
      return object.#params = makeParams(parseForm(url.query ?? ''), (pairs) => {
        object.#url.query = pairs.length ? serializeForm(pairs) : null;
      });
    };
  }

  constructor(url, base = undefined) {
    if (url === INTERNAL) return;
    requireArguments(arguments.length, 1, "Failed to construct 'URL'");
    this.#url = parseOrThrow(toUSVString(url), toBase(base), "Failed to construct 'URL'");
  }

  static parse(url, base = undefined) {
    requireArguments(arguments.length, 1, "Failed to execute 'parse' on 'URL'");
    const parsed = parse(toUSVString(url), toBase(base));
    if (parsed === undefined) return null;
    const result = new URL(INTERNAL);
    result.#url = parsed;
    return result;
  }

  static canParse(url, base = undefined) {
    requireArguments(arguments.length, 1, "Failed to execute 'canParse' on 'URL'");
    return parse(toUSVString(url), toBase(base)) !== undefined;
  }

  static createObjectURL(blob) {
    const where = "Failed to execute 'createObjectURL' on 'URL'";
    requireArguments(arguments.length, 1, where);
    if (!need('blob').isBlob(blob)) throw new TypeError(`${where}: the value is not a Blob`);
    return need('blob_urls').createBlobUrl(blob);
  }

  static revokeObjectURL(url) {
    requireArguments(arguments.length, 1, "Failed to execute 'revokeObjectURL' on 'URL'");
    const parsed = parseUrl(toUSVString(url));
    if (parsed !== undefined) need('blob_urls').revokeBlobUrl(parsed);
  }

  #set(setter, value) {
    const url = this.#url;
    need('url_setters')[setter](url, toUSVString(value));
  }

  get href() { return hrefOf(this); }
  set href(value) {
    this.#url = parseOrThrow(toUSVString(value), undefined, "Failed to set 'href' on 'URL'");
    if (this.#params !== undefined) replaceParams(this.#params, this.#url.query ?? '');
  }

  get origin() { return originOf(this.#url); }

  get protocol() { return `${this.#url.scheme}:`; }
  set protocol(value) { this.#set('setProtocol', value); }

  get username() { return this.#url.username; }
  set username(value) { this.#set('setUsername', value); }

  get password() { return this.#url.password; }
  set password(value) { this.#set('setPassword', value); }

  get host() { return this.#url.host === null ? '' : hostWithPort(this.#url); }
  set host(value) { this.#set('setHost', value); }

  get hostname() { return this.#url.host ?? ''; }
  set hostname(value) { this.#set('setHostname', value); }

  get port() { return this.#url.port; }
  set port(value) { this.#set('setPort', value); }

  get pathname() { return this.#url.path; }
  set pathname(value) { this.#set('setPathname', value); }

  get search() { return this.#url.query ? `?${this.#url.query}` : ''; }
  set search(value) {
    const url = this.#url;
    const text = toUSVString(value);
    need('url_setters').setSearch(url, text);
    // The standard reads the parameters from the text that is set, with its newlines.
    replaceParams(paramsOf(this), startsWith(text, '?') ? slice(text, 1) : text);
  }

  get searchParams() { return paramsOf(this); }

  get hash() { return this.#url.fragment ? `#${this.#url.fragment}` : ''; }
  set hash(value) { this.#set('setHash', value); }

  toString() { return hrefOf(this); }
  toJSON() { return hrefOf(this); }
}
defineInterface(URL, { __proto__: null, fieldsOf: (url) => ({ __proto__: null, href: hrefOf(url) }) });

return { __proto__: null, URL };
