// Blob and File (W3C File API). The bytes of a blob never change, so its slices share them.
const { charCodeAt, list, max, min, replaceAll, toLowerCase, viewBuffer, viewLength } = need('primordials');
const {
  defineInterface, isBufferSource, isObject, member, requireArguments, toBufferSource, toDOMString, toDictionary,
  toEnum, toLongLong, toSequence, toUSVString,
} = need('webidl');
const { bytesBetween, copyOf, joinBytes } = need('bytes');
const { decodeText, encodeUtf8 } = need('utf8');

const BLOB_MEMBERS = {
  __proto__: null,
  endings: member(toEnum({ __proto__: null, transparent: true, native: true }), 'transparent'),
  type: member(toDOMString, ''),
};
const FILE_MEMBERS = { __proto__: null, ...BLOB_MEMBERS, lastModified: member(toLongLong) };

const toPart = (value) => {
  if (isBlob(value)) return bytesOf(value);
  return isBufferSource(value) ? toBufferSource(value) : toUSVString(value);
};

const normalEndings = (text) => replaceAll(replaceAll(text, '\r\n', '\n'), '\r', '\n');

// Returns the bytes of parts.
const bytesOfParts = (parts, endings) => {
  for (let i = 0; i < parts.length; i++) {
    if (typeof parts[i] === 'string') parts[i] = encodeUtf8(endings === 'native' ? normalEndings(parts[i]) : parts[i]);
  }
  return joinBytes(parts);
};

// A type with other characters than ASCII's printable ones is none.
const normalType = (text) => {
  for (let i = 0; i < text.length; i++) {
    const code = charCodeAt(text, i);
    if (code < 0x20 || code > 0x7e) return '';
  }
  return toLowerCase(text);
};

const CLAMP = { __proto__: null, clamp: true };
const indexIn = (value, size) => {
  const index = toLongLong(value, CLAMP);
  return index < 0 ? max(size + index, 0) : min(index, size);
};

const contentOf = (parts, { endings, type }) =>
  ({ __proto__: null, bytes: bytesOfParts(parts, endings), type: normalType(type) });

const INTERNAL = { __proto__: null };
let bytesOf;
let fileName;
let fileTime;
let isBlob;
let isFile;
let typeOf;

class Blob {
  #content;

  constructor(parts = undefined, options = undefined) {
    if (parts === INTERNAL) {
      this.#content = options;
      return;
    }
    const items = parts === undefined ? list() : toSequence(parts, toPart);
    this.#content = contentOf(items, toDictionary(options, BLOB_MEMBERS));
  }

  static {
    bytesOf = (blob) => blob.#content.bytes;
    typeOf = (blob) => blob.#content.type;
    isBlob = (value) => isObject(value) && #content in value;
  }

  get size() { return viewLength(this.#content.bytes); }
  get type() { return this.#content.type; }

  slice(start = undefined, end = undefined, contentType = undefined) {
    const { bytes } = this.#content;
    const size = viewLength(bytes);
    const from = start === undefined ? 0 : indexIn(start, size);
    const to = end === undefined ? size : indexIn(end, size);
    const type = contentType === undefined ? '' : toDOMString(contentType);
    return newBlob(bytesBetween(bytes, from, max(from, to)), type);
  }

  stream() { return need('byte_streams').streamOfBytes(this.#content.bytes); }
  async text() { return decodeText(this.#content.bytes); }
  async arrayBuffer() { return viewBuffer(copyOf(this.#content.bytes)); }
  async bytes() { return copyOf(this.#content.bytes); }
}
defineInterface(Blob, {
  __proto__: null,
  fieldsOf: (blob) => ({ __proto__: null, size: viewLength(bytesOf(blob)), type: typeOf(blob) }),
  cloning: {
    __proto__: null,
    has: isBlob,
    save: (blob) => ({ __proto__: null, blob }),
    restore: ({ blob }) => newBlob(bytesOf(blob), typeOf(blob)),
  },
});

// `bytes` belongs to the blob from now on.
const newBlob = (bytes, type) => new Blob(INTERNAL, { __proto__: null, bytes, type: normalType(type) });

class File extends Blob {
  #name;
  #lastModified;

  constructor(bits, name, options = undefined) {
    if (bits === INTERNAL) {
      super(INTERNAL, options);
      this.#name = name;
      this.#lastModified = options.lastModified;
      return;
    }
    requireArguments(arguments.length, 2, "Failed to construct 'File'");
    const parts = toSequence(bits, toPart);
    const text = toUSVString(name);
    const members = toDictionary(options, FILE_MEMBERS);
    super(INTERNAL, contentOf(parts, members));
    this.#name = text;
    this.#lastModified = members.lastModified ?? host.now();
  }

  static {
    fileName = (file) => file.#name;
    fileTime = (file) => file.#lastModified;
    isFile = (value) => isObject(value) && #name in value;
  }

  get name() { return this.#name; }
  get lastModified() { return this.#lastModified; }
}
defineInterface(File, {
  __proto__: null,
  fieldsOf: (file) => ({
    __proto__: null,
    size: viewLength(bytesOf(file)),
    type: typeOf(file),
    name: fileName(file),
    lastModified: fileTime(file),
  }),
  cloning: {
    __proto__: null,
    has: isFile,
    save: (file) => ({ __proto__: null, file }),
    restore: ({ file }) => newFile(bytesOf(file), fileName(file), typeOf(file), fileTime(file)),
  },
});

const newFile = (bytes, name, type, lastModified = host.now()) =>
  new File(INTERNAL, name, { __proto__: null, bytes, type: normalType(type), lastModified });

return { __proto__: null, Blob, File, bytesOf, fileName, fileTime, isBlob, isFile, newBlob, newFile, typeOf };
