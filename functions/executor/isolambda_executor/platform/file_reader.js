// FileReader (W3C File API, 6) and the ProgressEvent of its events (XMLHttpRequest, 4).
const { TypeError, listOf, method, min, startsWith, toBase64, viewBuffer, viewLength } = need('primordials');
const {
  defineInterface, member, requireArguments, toBoolean, toDOMString, toDictionary, toUnrestrictedDouble,
} = need('webidl');
const { binaryOf, bytesBetween, copyOf } = need('bytes');
const { bytesOf, isBlob, typeOf } = need('blob');
const { DOMException } = need('dom_exception');
const { Event, EventTarget, defineHandler, dispatchTrusted, eventFieldsOf } = need('events');
const { decodeText } = need('utf8');

const PROGRESS_MEMBERS = {
  __proto__: null,
  lengthComputable: member(toBoolean, false),
  loaded: member(toUnrestrictedDouble, 0),
  total: member(toUnrestrictedDouble, 0),
};
let progressOf;

class ProgressEvent extends Event {
  #progress;

  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, "Failed to construct 'ProgressEvent'");
    super(type, init);
    this.#progress = toDictionary(init, PROGRESS_MEMBERS);
  }

  static {
    progressOf = (event) => event.#progress;
  }

  get lengthComputable() { return this.#progress.lengthComputable; }
  get loaded() { return this.#progress.loaded; }
  get total() { return this.#progress.total; }
}
defineInterface(ProgressEvent, {
  __proto__: null,
  fieldsOf: (event) => ({ __proto__: null, ...eventFieldsOf(event), ...progressOf(event) }),
});

// Returns a decoder, or undefined if no encoding has the label.
const decoderOf = (label) => {
  const { TextDecoder } = need('encoding');
  try {
    return new TextDecoder(label);
  } catch {
    return undefined;
  }
};

// Returns the label of the encoding that a byte order mark names, or undefined.
const markedEncoding = (bytes) => {
  const start = binaryOf(bytesBetween(bytes, 0, min(3, viewLength(bytes))));
  if (start === '\xef\xbb\xbf') return 'utf-8';
  if (startsWith(start, '\xfe\xff')) return 'utf-16be';
  return startsWith(start, '\xff\xfe') ? 'utf-16le' : undefined;
};

const decoded = (bytes, label, type) => {
  const marked = markedEncoding(bytes);
  const charset = need('mime').parseMime(type)?.parameters.charset;
  const decoder = (marked && decoderOf(marked)) ?? (label && decoderOf(label)) ?? (charset && decoderOf(charset));
  if (decoder === undefined) return decodeText(bytes);
  return method(need('encoding').TextDecoder.prototype.decode)(decoder, bytes);
};

const EMPTY = 0;
const LOADING = 1;
const DONE = 2;

class FileReader extends EventTarget {
  #state = EMPTY;
  #result = null;
  #error = null; // nothing fails: the bytes are there
  #reading; // an object of each read, so that one that was aborted does nothing

  get readyState() { return this.#state; }
  get result() { return this.#result; }
  get error() { return this.#error; }

  readAsArrayBuffer(blob) {
    this.#read(arguments.length, blob, 'readAsArrayBuffer', (bytes) => viewBuffer(copyOf(bytes)));
  }

  readAsBinaryString(blob) {
    this.#read(arguments.length, blob, 'readAsBinaryString', binaryOf);
  }

  readAsDataURL(blob) {
    this.#read(arguments.length, blob, 'readAsDataURL', (bytes, type) =>
      `data:${type || 'application/octet-stream'};base64,${toBase64(bytes)}`);
  }

  readAsText(blob, encoding = undefined) {
    const label = encoding === undefined ? undefined : toDOMString(encoding);
    this.#read(arguments.length, blob, 'readAsText', (bytes, type) => decoded(bytes, label, type));
  }

  abort() {
    const wasLoading = this.#state === LOADING;
    this.#result = null;
    if (!wasLoading) return;
    this.#state = DONE;
    this.#reading = undefined;
    this.#fire('abort', 0, 0);
    if (this.#state !== LOADING) this.#fire('loadend', 0, 0);
  }

  #fire(type, loaded, total) {
    dispatchTrusted(this, new ProgressEvent(type, { __proto__: null, lengthComputable: total > 0, loaded, total }));
  }

  #read(given, blob, name, pack) {
    const where = `Failed to execute '${name}' on 'FileReader'`;
    requireArguments(given, 1, where);
    if (!isBlob(blob)) throw new TypeError(`${where}: the value is not a Blob`);
    if (this.#state === LOADING) throw new DOMException(`${where}: a read is under way`, 'InvalidStateError');
    this.#state = LOADING;
    this.#result = null;
    const bytes = bytesOf(blob);
    const size = viewLength(bytes);
    const reading = this.#reading = {};
    const queue = (task) => host.queueTask(() => {
      if (this.#reading === reading) task();
    });
    queue(() => this.#fire('loadstart', 0, size));
    if (size > 0) queue(() => this.#fire('progress', size, size));
    queue(() => {
      this.#result = pack(bytes, typeOf(blob));
      this.#state = DONE;
      this.#fire('load', size, size);
    });
    queue(() => this.#fire('loadend', size, size)); // unless a listener has begun the next read
  }
}
const HANDLED = listOf('loadstart', 'progress', 'load', 'abort', 'error', 'loadend');
for (let i = 0; i < HANDLED.length; i++) defineHandler(FileReader.prototype, HANDLED[i]);
defineInterface(FileReader, { __proto__: null, constants: { __proto__: null, EMPTY, LOADING, DONE } });

return { __proto__: null, FileReader, ProgressEvent };
