// TextEncoder and TextDecoder (WHATWG Encoding, 7.2 and 7.4). UTF-8 is done here; a library decodes the rest.
const { RangeError, TypeError, Uint8Array, charCodeAt, slice, viewKind } = need('primordials');
const {
  defineInterface, member, requireArguments, toBoolean, toBufferSource, toDOMString, toDictionary, toUSVString,
} = need('webidl');
const { createUtf8Decoder, encodeUtf8, encodeUtf8Into } = need('utf8');

const BYTE_ORDER_MARK = 0xfeff;
const SHARED = { __proto__: null, allowShared: true };
const OPTIONS = { __proto__: null, fatal: member(toBoolean, false), ignoreBOM: member(toBoolean, false) };
const NO_OPTIONS = { __proto__: null, fatal: false, ignoreBOM: false };
const DECODE_OPTIONS = { __proto__: null, stream: member(toBoolean, false) };
const NOTHING = new Uint8Array();
const STREAM = { __proto__: null, stream: true };
const WHOLE = { __proto__: null, stream: false };

// Its usual labels, which need no library.
const UTF8 = { __proto__: null, 'utf-8': true, utf8: true, 'UTF-8': true, UTF8: true };
const UNICODE = { __proto__: null, 'utf-8': true, 'utf-16le': true, 'utf-16be': true };
// Their tables are a library of their own.
const TABLES = {
  __proto__: null, big5: true, 'euc-jp': true, 'euc-kr': true, gb18030: true, gbk: true, 'iso-2022-jp': true,
  shift_jis: true,
};

// Returns the name of the encoding that a label stands for.
const encodingOf = (label) => {
  if (label in UTF8) return 'utf-8';
  const name = need('vendor/encoding').normalizeEncoding(label);
  if (name === null || name === 'replacement') {
    throw new RangeError(`Failed to construct 'TextDecoder': the encoding label "${label}" is invalid`);
  }
  return name;
};

// Returns a function of bytes, and of whether more will come, that returns their text with a byte order mark.
const createDecoder = (encoding, fatal) => {
  if (encoding === 'utf-8') return createUtf8Decoder(fatal);
  if (encoding in TABLES) return need('vendor/encoding_tables').createMultibyteDecoder(encoding, !fatal);
  const { TextDecoder: Decoder } = need('vendor/encoding');
  const decoder = new Decoder(encoding, { __proto__: null, fatal, ignoreBOM: true });
  return (bytes, goesOn) => decoder.decode(bytes, goesOn ? STREAM : WHOLE);
};

let decoderFields;
let encoderFields;

class TextDecoder {
  #encoding;
  #fatal;
  #ignoreBOM;
  #decode;
  #begun = false; // whether text has come, which a byte order mark would have begun

  constructor(label = 'utf-8', options = undefined) {
    this.#encoding = encodingOf(toDOMString(label));
    const { fatal, ignoreBOM } = options === undefined ? NO_OPTIONS : toDictionary(options, OPTIONS);
    this.#fatal = fatal;
    this.#ignoreBOM = ignoreBOM;
    this.#decode = createDecoder(this.#encoding, fatal);
  }

  static {
    decoderFields = (decoder) => ({
      __proto__: null, encoding: decoder.#encoding, fatal: decoder.#fatal, ignoreBOM: decoder.#ignoreBOM,
    });
  }

  get encoding() { return this.#encoding; }
  get fatal() { return this.#fatal; }
  get ignoreBOM() { return this.#ignoreBOM; }

  decode(input = undefined, options = undefined) {
    const decode = this.#decode;
    const bytes = input === undefined ? NOTHING : toBufferSource(input, SHARED);
    const { stream } = options === undefined ? WHOLE : toDictionary(options, DECODE_OPTIONS);
    const begun = this.#begun;
    if (!stream) this.#begun = false;
    const text = decode(bytes, stream);
    if (begun || text === '') return text;
    if (stream) this.#begun = true;
    const hasMark = charCodeAt(text, 0) === BYTE_ORDER_MARK && !this.#ignoreBOM && this.#encoding in UNICODE;
    return hasMark ? slice(text, 1) : text;
  }
}
defineInterface(TextDecoder, { __proto__: null, fieldsOf: decoderFields });

class TextEncoder {
  #encoding = 'utf-8';

  static {
    encoderFields = (encoder) => ({ __proto__: null, encoding: encoder.#encoding });
  }

  get encoding() { return this.#encoding; }

  encode(input = '') {
    this.#encoding;
    return encodeUtf8(toUSVString(input));
  }

  encodeInto(source, destination) {
    this.#encoding;
    requireArguments(arguments.length, 2, "Failed to execute 'encodeInto' on 'TextEncoder'");
    const text = toUSVString(source);
    if (viewKind(destination) !== 'Uint8Array') {
      throw new TypeError("Failed to execute 'encodeInto' on 'TextEncoder': the destination is not a Uint8Array");
    }
    return encodeUtf8Into(text, toBufferSource(destination, SHARED));
  }
}
defineInterface(TextEncoder, { __proto__: null, fieldsOf: encoderFields });

return { __proto__: null, TextDecoder, TextEncoder };
