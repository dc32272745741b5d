// TextEncoderStream and TextDecoderStream (WHATWG Encoding, 7.5 and 7.6).
const { charCodeAt, getter, method, slice } = need('primordials');
const { defineInterface, toBufferSource } = need('webidl');
const { TextDecoder, TextEncoder } = need('encoding');
const { TransformStream, TransformStreamDefaultController } = need('streams');

const readableOf = getter(TransformStream.prototype, 'readable');
const writableOf = getter(TransformStream.prototype, 'writable');
const enqueue = method(TransformStreamDefaultController.prototype.enqueue);
const decode = method(TextDecoder.prototype.decode);
const encodingOf = getter(TextDecoder.prototype, 'encoding');
const fatalOf = getter(TextDecoder.prototype, 'fatal');
const ignoreBOMOf = getter(TextDecoder.prototype, 'ignoreBOM');
const encode = method(TextEncoder.prototype.encode);

const SHARED = { __proto__: null, allowShared: true };
const STREAM = { __proto__: null, stream: true };

class TextDecoderStream {
  #decoder;
  #transform;

  constructor(label = 'utf-8', options = undefined) {
    const decoder = new TextDecoder(label, options);
    this.#decoder = decoder;
    this.#transform = new TransformStream({
      __proto__: null,
      transform(chunk, controller) {
        const text = decode(decoder, toBufferSource(chunk, SHARED), STREAM);
        if (text !== '') enqueue(controller, text);
      },
      flush(controller) {
        const text = decode(decoder);
        if (text !== '') enqueue(controller, text);
      },
    });
  }

  get encoding() { return encodingOf(this.#decoder); }
  get fatal() { return fatalOf(this.#decoder); }
  get ignoreBOM() { return ignoreBOMOf(this.#decoder); }
  get readable() { return readableOf(this.#transform); }
  get writable() { return writableOf(this.#transform); }
}
defineInterface(TextDecoderStream);

const isLeading = (unit) => (unit & 0xfc00) === 0xd800;

class TextEncoderStream {
  #encoding = 'utf-8';
  #transform;

  constructor() {
    const encoder = new TextEncoder();
    let leading = ''; // the first half of a pair, whose second may begin the next chunk
    this.#transform = new TransformStream({
      __proto__: null,
      transform(chunk, controller) {
        let text = leading + `${chunk}`;
        const last = text.length - 1;
        const isCut = last >= 0 && isLeading(charCodeAt(text, last));
        leading = isCut ? slice(text, last) : '';
        if (isCut) text = slice(text, 0, last);
        if (text !== '') enqueue(controller, encode(encoder, text));
      },
      flush(controller) {
        if (leading !== '') enqueue(controller, encode(encoder, leading));
      },
    });
  }

  get encoding() { return this.#encoding; }
  get readable() { return readableOf(this.#transform); }
  get writable() { return writableOf(this.#transform); }
}
defineInterface(TextEncoderStream);

return { __proto__: null, TextDecoderStream, TextEncoderStream };
