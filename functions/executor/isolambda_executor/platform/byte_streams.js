// Streams of bytes, made and read with the methods of streams as they are at the first touch.
const { TypeError, Uint8Array, getter, list, listOf, method, min, viewKind, viewLength } = need('primordials');
const { isObject } = need('webidl');
const { bytesBetween, copyOf, held, joinBytes } = need('bytes');
const {
  ReadableByteStreamController, ReadableStream, ReadableStreamBYOBRequest, ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
} = need('streams');

const enqueueBytes = method(ReadableByteStreamController.prototype.enqueue);
const closeBytes = method(ReadableByteStreamController.prototype.close);
const failBytes = method(ReadableByteStreamController.prototype.error);
const requestOf = getter(ReadableByteStreamController.prototype, 'byobRequest');
const respond = method(ReadableStreamBYOBRequest.prototype.respond);
const enqueue = method(ReadableStreamDefaultController.prototype.enqueue);
const close = method(ReadableStreamDefaultController.prototype.close);
const readerOf = method(ReadableStream.prototype.getReader);
const teeOf = method(ReadableStream.prototype.tee);
const isLocked = getter(ReadableStream.prototype, 'locked');
const read = method(ReadableStreamDefaultReader.prototype.read);
const cancel = method(ReadableStreamDefaultReader.prototype.cancel);

const AT_ONCE = 65_536; // bytes of a chunk

// A reader that gave its own memory still waits for an answer.
const closeStream = (controller) => {
  closeBytes(controller);
  const request = requestOf(controller);
  if (request !== null) respond(request, 0);
};

// Returns a stream of copies of some bytes, which do not change.
const streamOfBytes = (bytes) => {
  const size = viewLength(bytes);
  let at = 0;
  return new ReadableStream({
    __proto__: null,
    type: 'bytes',
    pull(controller) {
      const end = min(at + AT_ONCE, size);
      if (at < end) enqueueBytes(controller, copyOf(bytesBetween(bytes, at, end)));
      at = end;
      if (at === size) closeStream(controller);
    },
  });
};

// Returns a stream of a body that comes, of which nothing is read before it is asked for. `onCancel()` hears of a
// cancellation.
const streamOfIncoming = (incoming, onCancel) => {
  const { readPart } = need('incoming_body');
  return new ReadableStream({
    __proto__: null,
    type: 'bytes',
    start(controller) {
      const { failure } = incoming;
      incoming.onFailure = (reason) => failBytes(controller, reason);
      if (failure !== undefined) failBytes(controller, failure.reason);
    },
    async pull(controller) {
      const step = await readPart(incoming);
      if (step.done) closeStream(controller);
      else enqueueBytes(controller, step.value);
    },
    cancel: onCancel,
  });
};

const isStream = (value) => {
  try {
    isLocked(value);
    return true;
  } catch {
    return false;
  }
};

// Whether anything was read of it. The standard lets other standards ask; the library has no function for it.
const isDisturbed = (stream) => stream._disturbed;

const toChunk = (value) => {
  if (isObject(value) && viewKind(value) === 'Uint8Array') return value;
  throw new TypeError('a chunk of the body is not a Uint8Array');
};

// Returns a promise of the next chunk, `{ done, value }`.
const nextChunk = async (reader) => {
  const step = await read(reader);
  return { __proto__: null, done: step.done, value: step.done ? undefined : toChunk(step.value) };
};

// Returns a promise of all of a stream, `{ bytes }`, or of undefined if that is more than `most`. It stays locked.
const readBytes = async (stream, most = Infinity) => {
  const reader = readerOf(stream);
  const chunks = list();
  let size = 0;
  for (;;) {
    const step = await nextChunk(reader);
    if (step.done) return held(joinBytes(chunks));
    size += viewLength(step.value);
    if (size > most) {
      cancelReader(reader);
      return undefined;
    }
    chunks[chunks.length] = step.value;
  }
};

// The source of the stream may throw then, or promise in vain.
const cancelReader = async (reader, reason = undefined) => {
  try {
    await cancel(reader, reason);
  } catch {
    // It is read no more.
  }
};

// Returns a stream of what another, which it locks, has left. `convert` is given each chunk.
const passOn = (stream, convert) => {
  const reader = readerOf(stream);
  return new ReadableStream({
    __proto__: null,
    async pull(controller) {
      const step = await read(reader);
      if (step.done) close(controller);
      else enqueue(controller, convert(step.value));
    },
    cancel: (reason) => cancel(reader, reason),
  }, { __proto__: null, highWaterMark: 0 });
};

// Returns two streams, which share no memory: chunks are cloned before either branch has them.
const tee = (stream) => {
  const { structuredClone } = need('structured_clone');
  const branches = teeOf(passOn(stream, (chunk) => listOf(chunk, structuredClone(chunk))));
  return listOf(passOn(branches[0], (pair) => pair[0]), passOn(branches[1], (pair) => pair[1]));
};

// Returns a stream that was read to its end.
const finishedStream = () => {
  const stream = streamOfBytes(new Uint8Array(0));
  cancel(readerOf(stream));
  return stream;
};

return {
  __proto__: null, cancelReader, finishedStream, isDisturbed, isLocked, isStream, nextChunk, openReader: readerOf, passOn,
  readBytes, streamOfBytes, streamOfIncoming, tee,
};
