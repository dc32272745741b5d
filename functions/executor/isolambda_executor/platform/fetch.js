// fetch (WHATWG Fetch, 5.6): of what is here, the URLs of blobs and those that hold their content; and of http and
// https, which is an operation of the trusted side.
const { TypeError, listOf, viewLength } = need('primordials');
const { serializeUrl } = need('url_parser');
const { Request, stateOf } = need('request');

const fetchBlob = ({ method, url, blob }) => {
  if (blob === undefined) throw new TypeError('the URL names no blob');
  if (method !== 'GET') throw new TypeError(`a blob has no method ${method}`);
  const { bytesOf, typeOf } = need('blob');
  const headers = listOf(listOf('content-length', `${viewLength(bytesOf(blob))}`));
  if (typeOf(blob) !== '') headers[1] = listOf('content-type', typeOf(blob));
  const { body } = need('body').extractBody(blob);
  return need('response').responseOfBody(serializeUrl(url, false), body, headers);
};

const fetchData = ({ url }) => {
  const content = need('data_url').readDataUrl(url);
  if (content === undefined) throw new TypeError('the data URL holds no content');
  const headers = listOf(listOf('content-type', content.type));
  const body = need('body').newBody(content.bytes, undefined);
  return need('response').responseOfBody(serializeUrl(url, false), body, headers);
};

const SCHEMES = { __proto__: null, blob: fetchBlob, data: fetchData };

const throwIfAborted = ({ followed, body }) => {
  if (followed === undefined) return;
  const { abortReason, isAborted } = need('abort');
  if (!isAborted(followed)) return;
  const reason = abortReason(followed);
  if (body !== null && body.stream !== undefined) {
    const { cancelReader, openReader } = need('byte_streams');
    cancelReader(openReader(body.stream), reason);
  }
  throw reason;
};

const fetch = async (input, init = undefined) => {
  host.expectPromises(); // the word alone is also the name of an app's method
  const state = stateOf(new Request(input, init));
  if (state.integrity !== '') throw new TypeError('fetch checks no integrity');
  throwIfAborted(state);
  const { scheme } = state.url;
  if (scheme === 'http' || scheme === 'https') return need('fetch_operation').fetchOutside(state);
  if (!(scheme in SCHEMES)) throw new TypeError(`fetch knows no scheme "${scheme}"`);
  return SCHEMES[scheme](state);
};

return { __proto__: null, fetch };
