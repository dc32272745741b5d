// URLSearchParams, and the format application/x-www-form-urlencoded (WHATWG URL, 5 and 6.2).
const {
  TypeError, arrayPrototype, includes, indexOf, iteratorSymbol, join, list, listOf, setPrototypeOf, slice, sort, split,
  startsWith,
} = need('primordials');
const { FORM, percentDecode, percentEncode } = need('percent');
const {
  defineInterface, defineIterable, fieldsOfPairs, isObject, requireArguments, toRecord, toSequence, toUSVString,
} = need('webidl');

const replaced = (text, character, by) => (includes(text, character) ? join(split(text, character), by) : text);
const decoded = (text) => percentDecode(replaced(text, '+', ' '));
const encoded = (text) => replaced(percentEncode(text, FORM), ' ', '+');

// Returns a list of pairs of a name and a value.
const parseForm = (text) => {
  const pairs = list();
  for (let start = 0; start < text.length;) {
    let end = indexOf(text, '&', start);
    if (end < 0) end = text.length;
    const part = slice(text, start, end);
    const equals = indexOf(part, '=');
    if (part !== '') {
      pairs[pairs.length] = equals < 0
        ? listOf(decoded(part), '')
        : listOf(decoded(slice(part, 0, equals)), decoded(slice(part, equals + 1)));
    }
    start = end + 1;
  }
  return pairs;
};

const serializeForm = (pairs) => {
  const parts = list();
  for (let i = 0; i < pairs.length; i++) parts[i] = `${encoded(pairs[i][0])}=${encoded(pairs[i][1])}`;
  return join(parts, '&');
};

const toPair = (value) => {
  const pair = toSequence(value, toUSVString);
  if (pair.length !== 2) throw new TypeError(`Failed to construct 'URLSearchParams': a pair has ${pair.length} items`);
  return pair;
};

const toPairs = (init) => {
  if (!isObject(init)) {
    const text = toUSVString(init);
    return parseForm(startsWith(text, '?') ? slice(text, 1) : text);
  }
  const iterate = init[iteratorSymbol];
  const isRecord = iterate === undefined || iterate === null;
  return isRecord ? toRecord(init, toUSVString, toUSVString) : toSequence(init, toPair);
};

// Code units decide; equal names keep their order.
const byName = (one, other) => (one[0] < other[0] ? -1 : one[0] > other[0] ? 1 : 0);

const INTERNAL = { __proto__: null };
let isURLSearchParams;
let makeParams; // for a URL, which hears of the changes
let pairsOf;
let replacePairs; // without a word to the URL

class URLSearchParams {
  #pairs;
  #onChange;

  constructor(init = '') {
    if (init !== INTERNAL) this.#pairs = toPairs(init);
  }

  static {
    isURLSearchParams = (value) => isObject(value) && #pairs in value;
    makeParams = (pairs, onChange) => {
      const params = new URLSearchParams(INTERNAL);
      params.#pairs = pairs;
      params.#onChange = onChange;
      return params;
    };
    pairsOf = (params) => params.#pairs;
    replacePairs = (params, pairs) => { params.#pairs = pairs; };
  }

  #change(pairs) {
    this.#pairs = pairs;
    this.#onChange?.(pairs);
  }

  get size() { return this.#pairs.length; }

  append(name, value) {
    const pairs = this.#pairs;
    requireArguments(arguments.length, 2, "Failed to execute 'append' on 'URLSearchParams'");
    pairs[pairs.length] = listOf(toUSVString(name), toUSVString(value));
    this.#change(pairs);
  }

  delete(name, value = undefined) {
    const pairs = this.#pairs;
    requireArguments(arguments.length, 1, "Failed to execute 'delete' on 'URLSearchParams'");
    const key = toUSVString(name);
    const text = value === undefined ? undefined : toUSVString(value);
    const left = list();
    for (let i = 0; i < pairs.length; i++) {
      if (pairs[i][0] !== key || (text !== undefined && pairs[i][1] !== text)) left[left.length] = pairs[i];
    }
    this.#change(left);
  }

  get(name) {
    const pairs = this.#pairs;
    requireArguments(arguments.length, 1, "Failed to execute 'get' on 'URLSearchParams'");
    const key = toUSVString(name);
    for (let i = 0; i < pairs.length; i++) if (pairs[i][0] === key) return pairs[i][1];
    return null;
  }

  getAll(name) {
    const pairs = this.#pairs;
    requireArguments(arguments.length, 1, "Failed to execute 'getAll' on 'URLSearchParams'");
    const key = toUSVString(name);
    const values = list();
    for (let i = 0; i < pairs.length; i++) if (pairs[i][0] === key) values[values.length] = pairs[i][1];
    setPrototypeOf(values, arrayPrototype);
    return values;
  }

  has(name, value = undefined) {
    const pairs = this.#pairs;
    requireArguments(arguments.length, 1, "Failed to execute 'has' on 'URLSearchParams'");
    const key = toUSVString(name);
    const text = value === undefined ? undefined : toUSVString(value);
    for (let i = 0; i < pairs.length; i++) {
      if (pairs[i][0] === key && (text === undefined || pairs[i][1] === text)) return true;
    }
    return false;
  }

  set(name, value) {
    const pairs = this.#pairs;
    requireArguments(arguments.length, 2, "Failed to execute 'set' on 'URLSearchParams'");
    const key = toUSVString(name);
    const pair = listOf(key, toUSVString(value));
    const left = list();
    let isSet = false;
    for (let i = 0; i < pairs.length; i++) {
      if (pairs[i][0] !== key) left[left.length] = pairs[i];
      else if (!isSet) left[left.length] = pair;
      isSet ||= pairs[i][0] === key;
    }
    if (!isSet) left[left.length] = pair;
    this.#change(left);
  }

  sort() {
    const pairs = this.#pairs;
    sort(pairs, byName);
    this.#change(pairs);
  }

  toString() { return serializeForm(this.#pairs); }
}
defineIterable(URLSearchParams, (params, index) => pairsOf(params)[index]);
defineInterface(URLSearchParams, { __proto__: null, fieldsOf: (params) => fieldsOfPairs(pairsOf(params)) });

return {
  __proto__: null, URLSearchParams, isURLSearchParams, makeParams, pairsOf, parseForm, replacePairs, serializeForm,
};
