// Request (WHATWG Fetch, 5.4). There is no page: no URL is relative, and no mode, cache or referrer has an effect.
const { Bare, TypeError, listOf, setPrototypeOf, toUpperCase } = need('primordials');
const {
  defineInterface, isObject, member, requireArguments, toAny, toBoolean, toByteString, toDOMString, toDictionary,
  toEnum, toUSVString,
} = need('webidl');
const { Headers, addHeader, addHeaders, copyHeaders, headerOf, toHeadersInit } = need('headers');
const { cloneBody, defineBody, extractBody, isUsed, moveBody, requireUsable } = need('body');
const { isToken } = need('mime');
const { parseUrl, serializeUrl } = need('url_parser');

const POLICIES = {
  __proto__: null,
  '': true,
  'no-referrer': true,
  'no-referrer-when-downgrade': true,
  'same-origin': true,
  origin: true,
  'strict-origin': true,
  'origin-when-cross-origin': true,
  'strict-origin-when-cross-origin': true,
  'unsafe-url': true,
};
const MODES = { __proto__: null, navigate: true, 'same-origin': true, 'no-cors': true, cors: true };
const CREDENTIALS = { __proto__: null, omit: true, 'same-origin': true, include: true };
const CACHES = {
  __proto__: null,
  default: true,
  'no-store': true,
  reload: true,
  'no-cache': true,
  'force-cache': true,
  'only-if-cached': true,
};
const REDIRECTS = { __proto__: null, follow: true, error: true, manual: true };
const PRIORITIES = { __proto__: null, high: true, low: true, auto: true };

// A member that can be null.
const orNull = (convert) => (value) => (value === null ? null : convert(value));
// The body is converted when it is extracted.
const INIT_MEMBERS = {
  __proto__: null,
  body: member(toAny),
  cache: member(toEnum(CACHES)),
  credentials: member(toEnum(CREDENTIALS)),
  duplex: member(toEnum({ __proto__: null, half: true })),
  headers: member(toHeadersInit),
  integrity: member(toDOMString),
  keepalive: member(toBoolean),
  method: member(toByteString),
  mode: member(toEnum(MODES)),
  priority: member(toEnum(PRIORITIES)),
  redirect: member(toEnum(REDIRECTS)),
  referrer: member(toUSVString),
  referrerPolicy: member(toEnum(POLICIES)),
  signal: member(orNull((value) => need('abort').toAbortSignal(value))),
  window: member(toAny),
};

const WHERE = "Failed to construct 'Request'";
const refuse = (why) => {
  throw new TypeError(`${WHERE}: ${why}`);
};

const UPPER_CASE = { __proto__: null, DELETE: true, GET: true, HEAD: true, OPTIONS: true, POST: true, PUT: true };
const SIMPLE = { __proto__: null, GET: true, HEAD: true, POST: true };
const FORBIDDEN = { __proto__: null, CONNECT: true, TRACE: true, TRACK: true };
const methodOf = (text) => {
  if (!isToken(text)) refuse('the method is not a token');
  const upper = toUpperCase(text);
  if (upper in FORBIDDEN) refuse(`the method ${upper} is forbidden`);
  return upper in UPPER_CASE ? upper : text;
};

const urlOf = (text) => {
  const url = parseUrl(text);
  if (url === undefined) refuse('the text is not a valid URL');
  if (url.username !== '' || url.password !== '') refuse('the URL has a user or a password');
  return url;
};

const referrerOf = (text) => {
  if (text === '') return '';
  if (parseUrl(text) === undefined) refuse('the referrer is not a valid URL');
  return 'about:client'; // no URL has the same origin
};

// What the state of a request has before its init, but for URL and headers.
const setDefaults = (state) => {
  state.method = 'GET';
  state.body = null;
  state.blob = undefined; // of a URL of one
  state.mode = 'cors';
  state.credentials = 'same-origin';
  state.cache = 'default';
  state.redirect = 'follow';
  state.referrer = 'about:client';
  state.referrerPolicy = '';
  state.integrity = '';
  state.keepalive = false;
  state.signal = undefined; // made when it is asked for
  state.followed = undefined; // the signal that it follows
};

// Returns the state of a request for a text, before its init.
const newState = (url) => {
  const state = new Bare();
  setDefaults(state);
  state.url = url;
  state.headers = new Headers();
  if (url.scheme === 'blob') state.blob = need('blob_urls').blobOfUrl(url); // even if the URL is revoked later
  return state;
};

// The state of a request that came, whose URL and headers are read when something asks for them: browsers send a
// dozen headers, and most functions read one or none. Its parts are right: a server took them.
class IncomingState {
  #text;
  #pairs;
  #url;
  #headers;

  constructor(method, text, pairs, body) {
    this.#text = text;
    this.#pairs = pairs;
    setDefaults(this);
    this.method = method;
    this.body = body;
  }

  get url() { return this.#url ??= urlOf(this.#text); }
  get headers() {
    if (this.#headers === undefined) {
      this.#headers = new Headers();
      addHeaders(this.#headers, this.#pairs);
    }
    return this.#headers;
  }
}
setPrototypeOf(IncomingState.prototype, null);

// Returns a copy of a request's state with another body. Its signal follows the one that the request's follows.
const copyState = (request, body) => ({
  __proto__: null,
  ...stateOf(request),
  url: stateOf(request).url,
  headers: copyHeaders(stateOf(request).headers),
  body,
  signal: undefined,
});

// Returns the state of a request made from another, which keeps its body for now.
const derivedState = (request, hasInit) => {
  const state = copyState(request, null);
  if (hasInit) {
    state.referrer = 'about:client';
    state.referrerPolicy = '';
  }
  return state;
};

// Making a signal loads what events are made of; most requests need none.
const signalOf = (request) => {
  const state = stateOf(request);
  if (state.signal === undefined) {
    state.signal = need('abort').dependentOn(state.followed === undefined ? listOf() : listOf(state.followed));
  }
  return state.signal;
};

const COPIED = listOf('cache', 'credentials', 'integrity', 'keepalive', 'mode', 'redirect', 'referrerPolicy');
const applyInit = (state, init) => {
  if ('window' in init && init.window !== null) refuse('the window is not null');
  if (init.mode === 'navigate') refuse('the mode is "navigate"');
  if ('referrer' in init) state.referrer = referrerOf(init.referrer);
  for (let i = 0; i < COPIED.length; i++) if (COPIED[i] in init) state[COPIED[i]] = init[COPIED[i]];
  if (state.cache === 'only-if-cached' && state.mode !== 'same-origin') {
    refuse('the cache is "only-if-cached", but the mode is not "same-origin"');
  }
  if ('method' in init) state.method = methodOf(init.method);
  if (state.mode === 'no-cors' && !(state.method in SIMPLE)) refuse(`the mode "no-cors" has no method ${state.method}`);
  if ('signal' in init) state.followed = init.signal ?? undefined;
  if ('headers' in init) {
    state.headers = new Headers();
    addHeaders(state.headers, init.headers);
  }
};

// Sets the body to that of the init, or to that of the request which this one is made from.
const applyBody = (state, init, input) => {
  const isGiven = 'body' in init && init.body !== null;
  const given = isGiven ? extractBody(init.body) : undefined;
  const inherited = input === undefined ? null : stateOf(input).body;
  if ((isGiven || inherited !== null) && (state.method === 'GET' || state.method === 'HEAD')) {
    refuse(`a request with the method ${state.method} has no body`);
  }
  if (isGiven) {
    const isStream = given.body.bytes === undefined;
    if (isStream && !('duplex' in init)) refuse('the body is a stream, but the duplex is not "half"');
    if (given.type !== '' && headerOf(state.headers, 'content-type') === null) {
      addHeader(state.headers, 'content-type', given.type);
    }
    state.body = given.body;
  } else if (inherited !== null) {
    requireUsable(inherited, `${WHERE}: `);
    state.body = moveBody(inherited);
  }
};

const INTERNAL = { __proto__: null };
let isRequest;
let stateOf;

class Request {
  #state;

  constructor(input, init = undefined) {
    if (input === INTERNAL) {
      this.#state = init;
      return;
    }
    requireArguments(arguments.length, 1, WHERE);
    const request = isRequest(input) ? input : undefined;
    const text = request === undefined ? toUSVString(input) : '';
    const members = toDictionary(init, INIT_MEMBERS);
    let hasMembers = false;
    for (const name in members) hasMembers ||= name !== undefined;
    const state = request === undefined ? newState(urlOf(text)) : derivedState(request, hasMembers);
    applyInit(state, members);
    applyBody(state, members, request);
    this.#state = state;
  }

  static {
    stateOf = (request) => request.#state;
    isRequest = (value) => isObject(value) && #state in value;
  }

  get method() { return this.#state.method; }
  get url() { return serializeUrl(this.#state.url); }
  get headers() { return this.#state.headers; }
  get destination() { return stateOf(this) && ''; }
  get referrer() { return this.#state.referrer; }
  get referrerPolicy() { return this.#state.referrerPolicy; }
  get mode() { return this.#state.mode; }
  get credentials() { return this.#state.credentials; }
  get cache() { return this.#state.cache; }
  get redirect() { return this.#state.redirect; }
  get integrity() { return this.#state.integrity; }
  get keepalive() { return this.#state.keepalive; }
  get isReloadNavigation() { return !stateOf(this); }
  get isHistoryNavigation() { return !stateOf(this); }
  get signal() { return signalOf(this); }
  get duplex() { return stateOf(this) && 'half'; }

  clone() {
    const { body } = this.#state;
    requireUsable(body, "Failed to execute 'clone' on 'Request': ");
    return new Request(INTERNAL, copyState(this, cloneBody(body)));
  }
}
defineBody(Request, (request) => stateOf(request));
defineInterface(Request, {
  __proto__: null,
  fieldsOf(request) {
    const { method, url, headers, body } = stateOf(request);
    return { __proto__: null, method, url: serializeUrl(url), headers, bodyUsed: isUsed(body) };
  },
});

const incomingRequest = (method, url, headers, body) =>
  new Request(INTERNAL, new IncomingState(method, url, headers, body));

return { __proto__: null, Request, incomingRequest, stateOf };
