// DOMException (Web IDL 2.8): an error of V8's, so that it has a stack, whose class is not a subclass of Error. It is
// here and in no chunk, because Web IDL has a property of data for it, and that of a chunk's global is an accessor.
class DOMExceptionFields extends Itself {
  #message;
  #name;

  constructor(error, message, name) {
    super(error);
    this.#message = message;
    this.#name = name;
  }

  static has(object) { return #name in object; }
  static messageOf(error) { return error.#message; }
  static nameOf(error) { return error.#name; }
}

const UserDOMException = class DOMException {
  constructor(message = '', name = 'Error') {
    const error = construct(OriginalError, [], new.target);
    return new DOMExceptionFields(error, `${message}`, `${name}`);
  }

  get name() { return DOMExceptionFields.nameOf(this); }
  get message() { return DOMExceptionFields.messageOf(this); }
  get code() {
    const name = DOMExceptionFields.nameOf(this);
    return need('dom_exception').codeOf(name);
  }
};
setPrototypeOf(UserDOMException.prototype, errorPrototype);
shownByTag.DOMException = (error) => ({
  __proto__: null, name: DOMExceptionFields.nameOf(error), message: DOMExceptionFields.messageOf(error),
});

// No user code runs yet; and V8 takes several times as long for a descriptor without prototype.
const codes = {};
const codeNames = [
  'INDEX_SIZE', 'DOMSTRING_SIZE', 'HIERARCHY_REQUEST', 'WRONG_DOCUMENT', 'INVALID_CHARACTER', 'NO_DATA_ALLOWED',
  'NO_MODIFICATION_ALLOWED', 'NOT_FOUND', 'NOT_SUPPORTED', 'INUSE_ATTRIBUTE', 'INVALID_STATE', 'SYNTAX',
  'INVALID_MODIFICATION', 'NAMESPACE', 'INVALID_ACCESS', 'VALIDATION', 'TYPE_MISMATCH', 'SECURITY', 'NETWORK', 'ABORT',
  'URL_MISMATCH', 'QUOTA_EXCEEDED', 'TIMEOUT', 'INVALID_NODE_TYPE', 'DATA_CLONE',
];
for (let i = 0; i < codeNames.length; i++) codes[`${codeNames[i]}_ERR`] = { value: i + 1, enumerable: true };
Object.defineProperties(UserDOMException, codes);
Object.defineProperties(UserDOMException.prototype, codes);
Object.defineProperties(UserDOMException.prototype, {
  name: { enumerable: true },
  message: { enumerable: true },
  code: { enumerable: true },
  [toStringTag]: { value: 'DOMException', configurable: true },
});
defineProperty(globalThis, 'DOMException', { value: UserDOMException, writable: true, configurable: true });
