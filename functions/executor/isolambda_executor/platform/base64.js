// atob and btoa (HTML 8.3), over the same in V8, which knows bytes.
const {
  SyntaxError, Uint8Array, charCodeAt, fromBase64, getPrototypeOf, toBase64,
} = need('primordials');
const { requireArguments, toDOMString } = need('webidl');
const { binaryOf } = need('bytes');
const { DOMException } = need('dom_exception');

const refuse = (message) => {
  throw new DOMException(message, 'InvalidCharacterError');
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
    return binaryOf(bytes);
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
