// fetch (WHATWG Fetch, 5.6) of what is here, the URLs of blobs: executions have no network.
const { TypeError } = need('primordials');
const { serializeUrl } = need('url_parser');
const { Request, stateOf } = need('request');

const fetch = async (input, init = undefined) => {
  const { method, url, blob } = stateOf(new Request(input, init));
  if (url.scheme !== 'blob') throw new TypeError('fetch is not available here');
  if (blob === undefined) throw new TypeError('the URL names no blob');
  if (method !== 'GET') throw new TypeError(`a blob has no method ${method}`);
  return need('response').responseOfBlob(serializeUrl(url, false), blob);
};

return { __proto__: null, fetch };
