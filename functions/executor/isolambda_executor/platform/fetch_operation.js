// A fetch of http or https: the operation `fetch` of the trusted side, which decides whether it may be, sends the
// request, and gives the response as fast as it is read.
const { Promise, TypeError, viewLength } = need('primordials');
const { bare, begin, errorOf } = need('operations');
const { serializeUrl } = need('url_parser');
const { pairsOf } = need('headers');
const { newBody } = need('body');
const { WITHOUT_BODY, newResponse } = need('response');
const { addPart, complete, end, fail, newIncoming } = need('incoming_body');

const WHOLE = 524_288; // bytes that one message holds; a longer body goes out as a stream does

const kindOf = (body) => {
  if (body === null) return null;
  return body.bytes === undefined || viewLength(body.bytes) > WHOLE ? 'stream' : 'bytes';
};

// Goes from a request to the end of its response. `resolve` and `reject` settle what `fetch` returned.
const start = ({ method, url, headers, redirect, body, followed }, resolve, reject) => {
  let incoming; // once the head is there
  let outgoing; // of a body that is a stream
  let isOver = false; // for the trusted side

  const finish = (reason) => {
    isOver = true;
    if (outgoing !== undefined) need('outgoing_body').stop(outgoing, reason);
  };
  const leave = (reason) => {
    if (!isOver) host.abandon(id);
    finish(reason);
  };
  const forgetSignal = () => {
    if (followed !== undefined) need('abort').removeAlgorithm(followed, onAbort);
  };

  // What waits for the response, or for more of it, gets the reason.
  const failWith = (reason) => {
    leave(reason);
    if (incoming !== undefined) return fail(incoming, reason);
    forgetSignal();
    return reject(reason);
  };
  const onAbort = () => failWith(need('abort').abortReason(followed));
  const onCancel = (reason) => {
    leave(reason);
    end(incoming);
  };
  // What an execution sends has limits.
  const send = (fields, bytes = undefined) => {
    if (isOver) return;
    try {
      host.send(id, fields, bytes);
    } catch (thrown) {
      failWith(thrown);
    }
  };
  const onCredit = (credit) => send({ __proto__: null, credit });

  const takeHead = (given) => {
    const head = bare(given);
    const hasBody = method !== 'HEAD' && !(head.status in WITHOUT_BODY);
    const coming = newIncoming(onCredit, forgetSignal);
    let response;
    try {
      response = newResponse(head, hasBody ? newBody(undefined, undefined, coming, onCancel) : null);
    } catch (thrown) {
      return failWith(thrown);
    }
    incoming = coming;
    if (!hasBody) end(incoming);
    return resolve(response);
  };

  const takeEnd = (error) => {
    isOver = true;
    if (error !== undefined) return failWith(errorOf(TypeError, error));
    if (incoming === undefined) return failWith(new TypeError('the operation ended without a response'));
    finish(new TypeError('the response ended before the request'));
    return complete(incoming);
  };

  const kind = kindOf(body);
  const message = {
    __proto__: null, method, url: serializeUrl(url, false), headers: pairsOf(headers), redirect, body: kind,
  };
  const id = begin('fetch', message, kind === 'bytes' ? body.bytes : undefined, (reply, bytes) => {
    if (isOver) return;
    if (reply.more !== undefined && outgoing !== undefined) need('outgoing_body').grant(outgoing, reply.more);
    if (reply.head !== undefined) takeHead(reply.head);
    if (bytes !== undefined && incoming !== undefined) addPart(incoming, bytes);
    if (reply.end === true && !isOver) takeEnd(reply.error);
  });
  if (followed !== undefined) need('abort').addAlgorithm(followed, onAbort);
  if (kind === 'stream') {
    const { newOutgoing, sendAll } = need('outgoing_body');
    outgoing = newOutgoing(body.stream ?? need('byte_streams').streamOfBytes(body.bytes), send);
    sendAll(outgoing, failWith);
  }
};

// Returns a promise of the response to a request, of which this is the state.
const fetchOutside = (request) => new Promise((resolve, reject) => start(request, resolve, reject));

return { __proto__: null, fetchOutside };
