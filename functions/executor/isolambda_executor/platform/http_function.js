// HTTP functions: the input becomes a Request, and a Response becomes the answer, {status, headers, body in base64}.
const { Bare, fromBase64, list, listOf, stringify, toBase64, toLowerCase } = need('primordials');
const { incomingRequest } = need('request');
const { isResponse, partsOf } = need('response');
const { addHeaders, headerOf, pairsOf } = need('headers');
const { extractBody, requireUsable, streamOf } = need('body');
const { encodeUtf8 } = need('utf8');

const JSON_HEADERS = listOf(listOf('content-type', 'application/json'));

const isThenable = (value) => typeof value === 'object' && value !== null && typeof value.then === 'function';

const requestOf = ({ method, url, headers, body }) =>
  incomingRequest(method, url, headers, body === null ? null : extractBody(fromBase64(body)).body);

const answer = (status, headers, bytes) => {
  const parts = new Bare();
  parts.status = status;
  parts.headers = headers;
  parts.body = bytes === null ? '' : toBase64(bytes);
  return parts;
};

// What is no Response is answered as JSON. The entry tells of what is no JSON.
const answerOfValue = (value) => {
  let text;
  try {
    text = stringify(value);
  } catch {
    return value;
  }
  return text === undefined ? value : answer(200, JSON_HEADERS, encodeUtf8(text));
};

const answerOfStream = async (status, headers, stream) => {
  const most = 3 * (host.resultBytes() >> 2);
  const whole = await need('byte_streams').readBytes(stream, most);
  if (whole !== undefined) return answer(status, headers, whole.bytes);
  host.exceedResult();
  return undefined;
};

// The body of a response that was fetched came without these codings.
const CODINGS = { __proto__: null, br: true, deflate: true, gzip: true, 'x-gzip': true };
const pairsOfFetched = (headers) => {
  const coding = headerOf(headers, 'content-encoding');
  if (coding === null || !(toLowerCase(coding) in CODINGS)) return pairsOf(headers);
  const pairs = pairsOf(headers);
  const left = list();
  for (let i = 0; i < pairs.length; i++) {
    const name = pairs[i][0];
    if (name !== 'content-encoding' && name !== 'content-length') left[left.length] = pairs[i];
  }
  return left;
};

const answerOf = (value) => {
  if (!isResponse(value)) return answerOfValue(value);
  const { status, headers, body } = partsOf(value);
  if (body === null) return answer(status, pairsOf(headers), null);
  requireUsable(body, 'the response has no body any more: ');
  if (body.incoming !== undefined) return answerOfStream(status, pairsOfFetched(headers), streamOf(body));
  if (body.stream !== undefined) return answerOfStream(status, pairsOf(headers), body.stream);
  body.isTaken = true;
  return answer(status, pairsOf(headers), body.bytes);
};

const answerWhenSettled = async (promise) => answerOf(await promise);

const rejected = async (thrown) => { throw thrown; };

const whenAllSettled = async (answering, promises) => {
  try {
    return await answering;
  } finally {
    for (let i = 0; i < promises.length; i++) {
      try {
        await promises[i];
      } catch (thrown) {
        host.reportError(thrown);
      }
    }
  }
};

let waitedFor; // of this execution: the promises that an app says may go on

// Returns a function of an input for one of a Request. Nothing runs after the answer, so that waits for the promises,
// whatever became of the request. One of them may write the body, which is read first.
const serve = (userFunction) => (input, context) => {
  const promises = list();
  waitedFor = promises;
  let answering;
  try {
    const value = userFunction(requestOf(input), context);
    answering = isThenable(value) ? answerWhenSettled(value) : answerOf(value);
  } catch (thrown) {
    if (promises.length === 0) throw thrown;
    answering = rejected(thrown);
  }
  return isThenable(answering) || promises.length > 0 ? whenAllSettled(answering, promises) : answering;
};

// Calls the `fetch` of an app, as servers of the web platform do.
const callFetch = (app, request, context) => {
  const promises = waitedFor;
  return app.fetch(request, context, {
    waitUntil(promise) { promises[promises.length] = promise; },
    passThroughOnException() {},
    props: {},
  });
};

return { __proto__: null, callFetch, serve };
