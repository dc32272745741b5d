// The body of a request that is a stream: it is read as fast as the receiver grants.
const { Promise, TypeError, Uint8Array, min, viewLength, viewSet } = need('primordials');
const { bytesBetween, copyOf } = need('bytes');
const { cancelReader, nextChunk, openReader } = need('byte_streams');

const GRANTED = 65_536; // bytes at the start
const PART = 65_536; // bytes of a message

// `send(fields, bytes)` sends to the receiver.
const newOutgoing = (stream, send) => ({
  __proto__: null,
  reader: openReader(stream),
  granted: GRANTED,
  buffer: undefined, // small chunks that come together are sent together
  length: 0,
  isFlushing: false,
  isOver: false,
  waiting: undefined, // what goes on when more is granted
  send,
});

const grant = (outgoing, bytes) => {
  outgoing.granted += bytes;
  const { waiting } = outgoing;
  outgoing.waiting = undefined;
  waiting?.();
};

// Sends nothing more, and reads no further.
const stop = (outgoing, reason) => {
  if (outgoing.isOver) return;
  outgoing.isOver = true;
  outgoing.waiting?.();
  cancelReader(outgoing.reader, reason);
};

const flush = (outgoing) => {
  if (outgoing.length === 0 || outgoing.isOver) return;
  outgoing.send({ __proto__: null, chunk: true }, copyOf(bytesBetween(outgoing.buffer, 0, outgoing.length)));
  outgoing.length = 0;
};

// Behind what code does now, so that a chunk of one byte is no message of its own.
const flushLater = (outgoing) => {
  if (outgoing.isFlushing) return;
  outgoing.isFlushing = true;
  host.queueTask(() => {
    outgoing.isFlushing = false;
    flush(outgoing);
  });
};

const write = async (outgoing, chunk) => {
  outgoing.buffer ??= new Uint8Array(PART);
  for (let at = 0; at < viewLength(chunk) && !outgoing.isOver;) {
    if (outgoing.granted === 0) {
      flush(outgoing);
      await new Promise((resolve) => { outgoing.waiting = resolve; });
      continue;
    }
    const size = min(viewLength(chunk) - at, outgoing.granted, PART - outgoing.length);
    viewSet(outgoing.buffer, bytesBetween(chunk, at, at + size), outgoing.length);
    at += size;
    outgoing.length += size;
    outgoing.granted -= size;
    if (outgoing.length === PART) flush(outgoing);
  }
  if (outgoing.length > 0) flushLater(outgoing);
};

// Sends all of the stream. `onFailure` gets an error if the stream fails.
const sendAll = async (outgoing, onFailure) => {
  try {
    for (;;) {
      const step = await nextChunk(outgoing.reader);
      if (outgoing.isOver) return;
      if (step.done) break;
      await write(outgoing, step.value);
    }
  } catch (cause) {
    if (!outgoing.isOver) onFailure(new TypeError('the stream of the request\'s body failed', { __proto__: null, cause }));
    return;
  }
  flush(outgoing);
  if (outgoing.isOver) return;
  outgoing.isOver = true;
  outgoing.send({ __proto__: null, last: true });
};

return { __proto__: null, grant, newOutgoing, sendAll, stop };
