// What Request and Response have in common: a body that is read once (WHATWG Fetch, 2.2.4 and 5.2). Most bodies are
// bytes; one becomes a stream when code asks for the stream.
const {
  Bare, TypeError, Uint8Array, defineProperty, getOwnPropertyDescriptor, ownKeys, parse, viewBuffer,
} = need('primordials');
const { copyBuffer, isBufferSource, isObject, toUSVString } = need('webidl');
const { copyOf, held } = need('bytes');
const { headerOf } = need('headers');
const { decodeText, decodeUtf8, encodeUtf8 } = need('utf8');

// Of `bytes`, which never change, and `stream` one can be undefined. Both are where the body of a response still comes
// (`incoming_body.js`); `onCancel()` hears if code cancels its stream.
const newBody = (bytes, stream, incoming = undefined, onCancel = undefined) => {
  const body = new Bare();
  body.bytes = bytes;
  body.stream = stream;
  body.incoming = incoming;
  body.onCancel = onCancel;
  body.isTaken = false;
  return body;
};
const extracted = (bytes, type) => {
  const content = new Bare();
  content.body = newBody(bytes, undefined);
  content.type = type;
  return content;
};

const extractObject = (value) => {
  if (isBufferSource(value)) return extracted(copyBuffer(value), '');
  const { bytesOf, isBlob, typeOf } = need('blob');
  if (isBlob(value)) return extracted(bytesOf(value), typeOf(value));
  const params = need('url_search_params');
  if (params.isURLSearchParams(value)) {
    const text = params.serializeForm(params.pairsOf(value));
    return extracted(encodeUtf8(text), 'application/x-www-form-urlencoded;charset=UTF-8');
  }
  const { entriesOf, isFormData } = need('form_data');
  if (isFormData(value)) {
    const { bytes, type } = need('multipart').writeMultipart(entriesOf(value));
    return extracted(bytes, type);
  }
  const { isDisturbed, isLocked, isStream } = need('byte_streams');
  if (!isStream(value)) return undefined;
  if (isDisturbed(value) || isLocked(value)) throw new TypeError('the stream of the body is locked, or was read');
  return { __proto__: null, body: newBody(undefined, value), type: '' };
};

// Returns the body of an init and the type that it has by itself, which can be ''.
const extractBody = (value) => {
  const result = isObject(value) ? extractObject(value) : undefined;
  return result ?? extracted(encodeUtf8(toUSVString(value)), 'text/plain;charset=UTF-8');
};

const isUsed = (body) =>
  body !== null && (body.isTaken || (body.stream !== undefined && need('byte_streams').isDisturbed(body.stream)));
const isUnusable = (body) =>
  isUsed(body) || (body !== null && body.stream !== undefined && need('byte_streams').isLocked(body.stream));

const requireUsable = (body, where) => {
  if (isUnusable(body)) throw new TypeError(`${where}the body was read before, or its stream is locked`);
};

const streamOf = (body) => {
  if (body === null) return null;
  if (body.stream !== undefined) return body.stream;
  const { finishedStream, streamOfBytes, streamOfIncoming } = need('byte_streams');
  if (body.isTaken) body.stream = finishedStream();
  else if (body.incoming !== undefined) body.stream = streamOfIncoming(body.incoming, body.onCancel);
  else body.stream = streamOfBytes(body.bytes);
  return body.stream;
};

// Returns a second body; none of both is unusable.
const cloneBody = (body) => {
  if (body === null || body.bytes !== undefined) return body && newBody(body.bytes, undefined);
  const branches = need('byte_streams').tee(streamOf(body));
  body.stream = branches[0];
  return newBody(undefined, branches[1]);
};

// Returns a body that has what another, which is used then, had.
const moveBody = (body) => {
  body.isTaken = true;
  if (body.stream === undefined) return newBody(body.bytes, undefined);
  return newBody(body.bytes, need('byte_streams').passOn(body.stream, (chunk) => chunk));
};

const typeOfHeaders = (headers) => {
  const value = headerOf(headers, 'content-type');
  return value === null ? undefined : need('mime').extractMime(value);
};

const formDataOf = (bytes, type) => {
  const { newFormData } = need('form_data');
  if (type?.essence === 'multipart/form-data') {
    return newFormData(need('multipart').parseMultipart(bytes, type.parameters.boundary));
  }
  if (type?.essence === 'application/x-www-form-urlencoded') {
    return newFormData(need('url_search_params').parseForm(decodeUtf8(bytes)));
  }
  throw new TypeError('the Content-Type is neither multipart/form-data nor application/x-www-form-urlencoded');
};

// Returns a promise of the bytes of a body, as `{ bytes }`, which is used then.
const takeBody = async (body) => {
  requireUsable(body, '');
  if (body === null) return held(new Uint8Array(0));
  if (body.stream !== undefined) return need('byte_streams').readBytes(body.stream);
  body.isTaken = true;
  return body.incoming === undefined ? held(body.bytes) : need('incoming_body').readAll(body.incoming);
};

// Returns a promise of bytes that code may have, as `{ bytes }`: those of a body that came, or of a stream, are new.
const takeOwnBytes = async (body) => {
  const { bytes } = await takeBody(body);
  return held(body === null || body.bytes === undefined ? bytes : copyOf(bytes));
};

// Gives a class the members of a body. `partsOf(self)` returns `body`, which can be null, and `headers`.
const defineBody = (Class, partsOf) => {
  // Whatever leads to a promise: whether a source has a word that makes some does not show these.
  const opened = (self) => {
    host.expectPromises();
    return partsOf(self);
  };
  const take = (self) => takeBody(opened(self).body);
  const members = {
    __proto__: null,
    get body() { return streamOf(opened(this).body); },
    get bodyUsed() { return isUsed(partsOf(this).body); },
    async arrayBuffer() { return viewBuffer((await takeOwnBytes(opened(this).body)).bytes); },
    async blob() {
      const { headers } = opened(this);
      const { bytes } = await take(this);
      const type = typeOfHeaders(headers);
      return need('blob').newBlob(bytes, type === undefined ? '' : need('mime').serializeMime(type));
    },
    async bytes() { return (await takeOwnBytes(opened(this).body)).bytes; },
    async formData() {
      const { headers } = opened(this);
      const { bytes } = await take(this);
      return formDataOf(bytes, typeOfHeaders(headers));
    },
    async json() { return parse(decodeText((await take(this)).bytes)); },
    async text() { return decodeText((await take(this)).bytes); },
  };
  const names = ownKeys(members);
  for (let i = 0; i < names.length; i++) {
    defineProperty(Class.prototype, names[i], { ...getOwnPropertyDescriptor(members, names[i]), __proto__: null });
  }
};

return {
  __proto__: null, cloneBody, defineBody, extractBody, isUsed, moveBody, newBody, requireUsable, streamOf, takeBody,
};
