// Response (WHATWG Fetch, 5.5).
const { Bare, RangeError, TypeError, charCodeAt, stringify } = need('primordials');
const {
  defineInterface, isObject, member, requireArguments, toByteString, toDictionary, toUSVString, toUnsignedShort,
} = need('webidl');
const { Headers, addHeader, addHeaders, copyHeaders, freezeHeaders, headerOf, toHeadersInit } = need('headers');
const { cloneBody, defineBody, extractBody, isUsed, requireUsable } = need('body');

const INIT_MEMBERS = {
  __proto__: null,
  headers: member(toHeadersInit),
  status: member(toUnsignedShort, 200),
  statusText: member(toByteString, ''),
};
const WITHOUT_BODY = { __proto__: null, 101: true, 103: true, 204: true, 205: true, 304: true };
const REDIRECTS = { __proto__: null, 301: true, 302: true, 303: true, 307: true, 308: true };

// Whether a text is a reason phrase (RFC 9112).
const isReason = (text) => {
  for (let i = 0; i < text.length; i++) {
    const code = charCodeAt(text, i);
    if (code !== 9 && (code < 32 || code === 127)) return false;
  }
  return true;
};

// Returns a state with what an init says.
const stateOf = ({ headers, status, statusText }, content, where) => {
  if (status < 200 || status > 599) throw new RangeError(`${where}: the status ${status} is not between 200 and 599`);
  if (!isReason(statusText)) throw new TypeError(`${where}: the statusText has a control character`);
  const state = new Bare();
  state.type = 'default';
  state.url = '';
  state.redirected = false;
  state.status = status;
  state.statusText = statusText;
  state.headers = new Headers();
  state.body = content === undefined ? null : content.body;
  if (headers !== undefined) addHeaders(state.headers, headers);
  if (content === undefined) return state;
  if (status in WITHOUT_BODY) throw new TypeError(`${where}: a response with the status ${status} has no body`);
  if (content.type !== '' && headerOf(state.headers, 'content-type') === null) {
    addHeader(state.headers, 'content-type', content.type);
  }
  return state;
};

const INTERNAL = { __proto__: null };
const NO_INIT = { __proto__: null, status: 200, statusText: '' };
let isResponse;
let partsOf;

class Response {
  #state;

  constructor(body = null, init = undefined) {
    if (body === INTERNAL) {
      this.#state = init;
      return;
    }
    const content = body === null ? undefined : extractBody(body);
    this.#state = stateOf(toDictionary(init, INIT_MEMBERS), content, "Failed to construct 'Response'");
  }

  static {
    isResponse = (value) => isObject(value) && #state in value;
    partsOf = (response) => response.#state;
  }

  static error() {
    const state = stateOf(NO_INIT, undefined, '');
    state.type = 'error';
    state.status = 0;
    freezeHeaders(state.headers);
    return new Response(INTERNAL, state);
  }

  static json(data, init = undefined) {
    const where = "Failed to execute 'json' on 'Response'";
    requireArguments(arguments.length, 1, where);
    const text = stringify(data);
    if (text === undefined) throw new TypeError(`${where}: the data is not JSON`);
    const content = extractBody(text);
    content.type = 'application/json';
    return new Response(INTERNAL, stateOf(toDictionary(init, INIT_MEMBERS), content, where));
  }

  static redirect(url, status = 302) {
    const where = "Failed to execute 'redirect' on 'Response'";
    requireArguments(arguments.length, 1, where);
    const { parseUrl, serializeUrl } = need('url_parser');
    const text = toUSVString(url);
    const code = toUnsignedShort(status);
    const parsed = parseUrl(text);
    if (parsed === undefined) throw new TypeError(`${where}: the text is not a valid URL`);
    if (!(code in REDIRECTS)) throw new RangeError(`${where}: ${code} is not the status of a redirect`);
    const state = stateOf(NO_INIT, undefined, where);
    state.status = code;
    addHeader(state.headers, 'location', serializeUrl(parsed));
    freezeHeaders(state.headers);
    return new Response(INTERNAL, state);
  }

  get type() { return this.#state.type; }
  get url() { return this.#state.url; }
  get redirected() { return this.#state.redirected; }
  get status() { return this.#state.status; }
  get ok() { return this.#state.status >= 200 && this.#state.status <= 299; }
  get statusText() { return this.#state.statusText; }
  get headers() { return this.#state.headers; }

  clone() {
    const state = this.#state;
    requireUsable(state.body, "Failed to execute 'clone' on 'Response': ");
    const headers = copyHeaders(state.headers);
    return new Response(INTERNAL, { __proto__: null, ...state, headers, body: cloneBody(state.body) });
  }
}
defineBody(Response, (response) => partsOf(response));
defineInterface(Response, {
  __proto__: null,
  fieldsOf(response) {
    const { status, statusText, headers, body } = partsOf(response);
    return { __proto__: null, status, statusText, headers, bodyUsed: isUsed(body) };
  },
});

// Returns the response of a fetch. `headers` are pairs, and `body` can be null.
const newResponse = ({ url, redirected, status, statusText, headers }, body) => {
  const state = {
    __proto__: null, type: 'basic', url, redirected, status, statusText, headers: new Headers(), body,
  };
  addHeaders(state.headers, headers);
  freezeHeaders(state.headers);
  return new Response(INTERNAL, state);
};

// Returns the response of a fetch of what is here.
const responseOfBody = (url, body, headers) =>
  newResponse({ __proto__: null, url, redirected: false, status: 200, statusText: 'OK', headers }, body);

return { __proto__: null, Response, WITHOUT_BODY, isResponse, newResponse, partsOf, responseOfBody };
