// Modules of WebAssembly in responses (WebAssembly Web API, 4).
const { TypeError, toLowerCase } = need('primordials');
const { isObject } = need('webidl');
const { takeBody } = need('body');
const { headerOf } = need('headers');
const { isResponse, partsOf } = need('response');

// Returns a promise of the bytes of a module.
const readModule = async (response) => {
  if (!isResponse(response)) throw new TypeError('the value is not a Response');
  const { status, headers, body } = partsOf(response);
  if (status < 200 || status > 299) throw new TypeError(`the response has the status ${status}`);
  const type = headerOf(headers, 'content-type');
  if (type === null || toLowerCase(type) !== 'application/wasm') {
    throw new TypeError('the Content-Type of the response is not application/wasm');
  }
  return (await takeBody(body)).bytes;
};

return { __proto__: null, readModule };
