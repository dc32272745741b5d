// atob and btoa (HTML 8.3), over the same in V8, which knows bytes.
const {
  SyntaxError, Uint8Array, apply, charCodeAt, fromBase64, fromCharCode, getPrototypeOf, min, toBase64, viewBuffer,
  viewLength, viewOffset,
} = need('primordials');
const { requireArguments, toDOMString } = need('webidl');
const { DOMException } = need('dom_exception');

const PART = 4096; // characters that one call makes

const refuse = (message) => {
  throw new DOMException(message, 'InvalidCharacterError');
};

const textOf = (bytes) => {
  const size = viewLength(bytes);
  let text = '';
  for (let at = 0; at < size; at += PART) {
    const part = new Uint8Array(viewBuffer(bytes), viewOffset(bytes) + at, min(PART, size - at));
    text += apply(fromCharCode, undefined, part);
  }
  return text;
};

const { atob, btoa } = {
  atob(data) {
    requireArguments(arguments.length, 1, "Failed to execute 'atob'");
    const text = toDOMString(data);
    let bytes;
    try {
      bytes = fromBase64(text);
    } catch (thrown) {
      if (getPrototypeOf(thrown) !== SyntaxError.prototype) throw thrown; // no memory is left
      refuse('the text is not base64');
    }
    return textOf(bytes);
  },
  btoa(data) {
    requireArguments(arguments.length, 1, "Failed to execute 'btoa'");
    const text = toDOMString(data);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) {
      const code = charCodeAt(text, i);
      if (code > 255) refuse(`the character at index ${i} is no byte: its code is over 255`);
      bytes[i] = code;
    }
    return toBase64(bytes);
  },
};

return { __proto__: null, atob, btoa };
