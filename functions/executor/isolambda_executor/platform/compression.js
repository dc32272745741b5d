// CompressionStream and DecompressionStream (Compression Streams). The library is zlib.
const { TypeError, Uint8Array, getter, list, method, viewLength, viewSet } = need('primordials');
const { defineInterface, requireArguments, toBufferSource, toEnum } = need('webidl');
const { TransformStream, TransformStreamDefaultController } = need('streams');
const { Deflate, Inflate } = need('vendor/deflate');

const readableOf = getter(TransformStream.prototype, 'readable');
const writableOf = getter(TransformStream.prototype, 'writable');
const enqueue = method(TransformStreamDefaultController.prototype.enqueue);

const PIECE_BYTES = 32_768; // of output at a time
const SYNC_FLUSH = 2; // gives out all that can be known
const NOTHING = new Uint8Array();
// zlib's numbers for 32 KiB to look back, and the frame around the data.
const WINDOW_BITS = { __proto__: null, deflate: 15, 'deflate-raw': -15, gzip: 31 };
const toFormat = toEnum(WINDOW_BITS);

// Makes a library's object hand out its pieces of output one after another, each with a buffer of its own.
const begin = (Kind, format, pieces) => {
  const work = new Kind({ __proto__: null, windowBits: WINDOW_BITS[format], chunkSize: PIECE_BYTES });
  work.onData = (piece) => {
    const size = viewLength(piece);
    const copy = new Uint8Array(size);
    viewSet(copy, piece);
    pieces[pieces.length] = copy;
  };
  work.onEnd = () => {};
  return work;
};

// User code may run in between, so this comes once the library is done with its input.
const enqueueAll = (controller, pieces) => {
  for (let i = 0; i < pieces.length; i++) enqueue(controller, pieces[i]);
  pieces.length = 0;
};

const compress = (format) => {
  const pieces = list();
  const work = begin(Deflate, format, pieces);
  return new TransformStream({
    __proto__: null,
    transform(chunk, controller) {
      const bytes = toBufferSource(chunk);
      if (viewLength(bytes) > 0) work.push(bytes, false);
      enqueueAll(controller, pieces);
    },
    flush(controller) {
      work.push(NOTHING, true);
      enqueueAll(controller, pieces);
    },
  });
};

const decompress = (format) => {
  const pieces = list();
  const work = begin(Inflate, format, pieces);
  return new TransformStream({
    __proto__: null,
    transform(chunk, controller) {
      const bytes = toBufferSource(chunk);
      if (viewLength(bytes) === 0) return;
      if (work.ended) throw new TypeError('there is more input behind the end of the compressed data');
      work.push(bytes, SYNC_FLUSH);
      if (work.err !== 0) throw new TypeError(`the compressed data is not valid: ${work.msg}`);
      enqueueAll(controller, pieces);
      if (work.ended && work.strm.avail_in > 0) {
        throw new TypeError('there is more input behind the end of the compressed data');
      }
    },
    flush() {
      if (!work.ended) throw new TypeError('the compressed data is cut off');
    },
  });
};

class CompressionStream {
  #transform;

  constructor(format) {
    requireArguments(arguments.length, 1, "Failed to construct 'CompressionStream'");
    this.#transform = compress(toFormat(format));
  }

  get readable() { return readableOf(this.#transform); }
  get writable() { return writableOf(this.#transform); }
}
defineInterface(CompressionStream);

class DecompressionStream {
  #transform;

  constructor(format) {
    requireArguments(arguments.length, 1, "Failed to construct 'DecompressionStream'");
    this.#transform = decompress(toFormat(format));
  }

  get readable() { return readableOf(this.#transform); }
  get writable() { return writableOf(this.#transform); }
}
defineInterface(DecompressionStream);

return { __proto__: null, CompressionStream, DecompressionStream };
