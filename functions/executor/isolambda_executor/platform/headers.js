// Headers (WHATWG Fetch, 5.1). Outside a browser no header is forbidden: what goes out is for the sender to check.
const {
  Map, TypeError, arrayPrototype, charCodeAt, iteratorSymbol, join, list, listOf, mapDelete, mapForEach, mapGet, mapHas,
  mapSet, setPrototypeOf, slice, sort, toLowerCase,
} = need('primordials');
const {
  defineInterface, defineIterable, fieldsOfPairs, isObject, requireArguments, toByteString, toRecord, toSequence,
} = need('webidl');
const { isToken, trimHttp } = need('mime');

const SHOWN = 100; // characters of a name
const quoted = (text) => `"${text.length > SHOWN ? `${slice(text, 0, SHOWN)}\u2026` : text}"`;

const nameOf = (name, where) => {
  if (!isToken(name)) throw new TypeError(`${where}: ${quoted(name)} is not the name of a header`);
  return toLowerCase(name);
};

const valueOf = (text, where) => {
  const value = trimHttp(text);
  for (let i = 0; i < value.length; i++) {
    const code = charCodeAt(value, i);
    if (code === 0 || code === 10 || code === 13) {
      throw new TypeError(`${where}: the value has a line end or U+0000 at ${i}`);
    }
  }
  return value;
};

const toPair = (value) => {
  const pair = toSequence(value, toByteString);
  if (pair.length !== 2) throw new TypeError(`Failed to construct 'Headers': a pair has ${pair.length} items`);
  return pair;
};

// Returns the pairs of an init.
const toHeadersInit = (init) => {
  if (!isObject(init)) throw new TypeError('the headers are neither pairs nor an object');
  const iterate = init[iteratorSymbol];
  const isRecord = iterate === undefined || iterate === null;
  return isRecord ? toRecord(init, toByteString, toByteString) : toSequence(init, toPair);
};

const COOKIES = 'set-cookie'; // the one whose values are not joined
const byName = (one, other) => (one[0] < other[0] ? -1 : one[0] === other[0] ? 0 : 1);

// Returns the pairs to iterate over.
const sortedPairs = (values) => {
  const pairs = list();
  mapForEach(values, (texts, name) => {
    if (name !== COOKIES) pairs[pairs.length] = listOf(name, join(texts, ', '));
    else for (let i = 0; i < texts.length; i++) pairs[pairs.length] = listOf(name, texts[i]);
  });
  if (pairs.length > 1) sort(pairs, byName);
  return pairs;
};

let addHeader;
let addHeaders;
let copyHeaders;
let freezeHeaders;
let headerOf; // of a name in lower case
let pairsOf;

class Headers {
  #values = new Map(); // of a name in lower case, a list
  #pairs; // what is iterated over, while it holds
  #isImmutable = false;

  constructor(init = undefined) {
    if (init !== undefined) addHeaders(this, toHeadersInit(init));
  }

  static {
    addHeader = (headers, name, value) => {
      const where = "Failed to construct 'Headers'";
      headers.#add(nameOf(name, where), valueOf(value, where));
    };
    addHeaders = (headers, pairs) => {
      for (let i = 0; i < pairs.length; i++) addHeader(headers, pairs[i][0], pairs[i][1]);
    };
    copyHeaders = (headers) => {
      const copy = new Headers();
      mapForEach(headers.#values, (texts, name) => {
        for (let i = 0; i < texts.length; i++) copy.#add(name, texts[i]);
      });
      copy.#isImmutable = headers.#isImmutable;
      return copy;
    };
    freezeHeaders = (headers) => { headers.#isImmutable = true; };
    headerOf = (headers, name) => {
      const texts = mapGet(headers.#values, name);
      return texts === undefined ? null : join(texts, ', ');
    };
    pairsOf = (headers) => headers.#pairs ??= sortedPairs(headers.#values);
  }

  #add(name, value) {
    const texts = mapGet(this.#values, name);
    if (texts === undefined) mapSet(this.#values, name, listOf(value));
    else texts[texts.length] = value;
    this.#pairs = undefined;
  }

  #change(where) {
    if (this.#isImmutable) throw new TypeError(`${where}: the headers are immutable`);
    this.#pairs = undefined;
  }

  append(name, value) {
    const where = "Failed to execute 'append' on 'Headers'";
    const { key, text } = this.#checked(arguments.length, name, value, where);
    this.#add(key, text);
  }

  delete(name) {
    const where = "Failed to execute 'delete' on 'Headers'";
    const key = this.#keyOf(arguments.length, name, where);
    this.#change(where);
    mapDelete(this.#values, key);
  }

  get(name) {
    return headerOf(this, this.#keyOf(arguments.length, name, "Failed to execute 'get' on 'Headers'"));
  }

  getSetCookie() {
    const texts = mapGet(this.#values, COOKIES) ?? list();
    const values = list();
    for (let i = 0; i < texts.length; i++) values[i] = texts[i];
    setPrototypeOf(values, arrayPrototype);
    return values;
  }

  has(name) {
    return mapHas(this.#values, this.#keyOf(arguments.length, name, "Failed to execute 'has' on 'Headers'"));
  }

  set(name, value) {
    const where = "Failed to execute 'set' on 'Headers'";
    const { key, text } = this.#checked(arguments.length, name, value, where);
    mapSet(this.#values, key, listOf(text));
  }

  #keyOf(given, name, where) {
    requireArguments(given, 1, where);
    return nameOf(toByteString(name), where);
  }

  #checked(given, name, value, where) {
    requireArguments(given, 2, where);
    const key = toByteString(name);
    const text = toByteString(value);
    const checked = { __proto__: null, key: nameOf(key, where), text: valueOf(text, where) };
    this.#change(where);
    return checked;
  }
}
defineIterable(Headers, (headers, index) => pairsOf(headers)[index]);
defineInterface(Headers, { __proto__: null, fieldsOf: (headers) => fieldsOfPairs(pairsOf(headers)) });

return { __proto__: null, Headers, addHeader, addHeaders, copyHeaders, freezeHeaders, headerOf, pairsOf, toHeadersInit };
