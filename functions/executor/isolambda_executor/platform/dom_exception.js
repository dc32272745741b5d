// DOMException (Web IDL 2.8): an error of V8's, so that it has a stack, whose class is not a subclass of Error.
const { Error, construct, defineProperty, errorPrototype, setPrototypeOf } = need('primordials');
const { defineInterface, toDOMString } = need('webidl');

const CODES = {
  __proto__: null,
  IndexSizeError: 1,
  HierarchyRequestError: 3,
  WrongDocumentError: 4,
  InvalidCharacterError: 5,
  NoModificationAllowedError: 7,
  NotFoundError: 8,
  NotSupportedError: 9,
  InUseAttributeError: 10,
  InvalidStateError: 11,
  SyntaxError: 12,
  InvalidModificationError: 13,
  NamespaceError: 14,
  InvalidAccessError: 15,
  TypeMismatchError: 17,
  SecurityError: 18,
  NetworkError: 19,
  AbortError: 20,
  URLMismatchError: 21,
  QuotaExceededError: 22,
  TimeoutError: 23,
  InvalidNodeTypeError: 24,
  DataCloneError: 25,
};

const Itself = function (object) { return object; };
class Fields extends Itself {
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

class DOMException {
  constructor(message = '', name = 'Error') {
    const error = construct(Error, [], new.target);
    return new Fields(error, toDOMString(message), toDOMString(name));
  }

  get name() { return Fields.nameOf(this); }
  get message() { return Fields.messageOf(this); }
  get code() { return CODES[Fields.nameOf(this)] ?? 0; }
}
setPrototypeOf(DOMException.prototype, errorPrototype);

const constants = { __proto__: null };
const CONSTANTS = [
  'INDEX_SIZE', 'DOMSTRING_SIZE', 'HIERARCHY_REQUEST', 'WRONG_DOCUMENT', 'INVALID_CHARACTER', 'NO_DATA_ALLOWED',
  'NO_MODIFICATION_ALLOWED', 'NOT_FOUND', 'NOT_SUPPORTED', 'INUSE_ATTRIBUTE', 'INVALID_STATE', 'SYNTAX',
  'INVALID_MODIFICATION', 'NAMESPACE', 'INVALID_ACCESS', 'VALIDATION', 'TYPE_MISMATCH', 'SECURITY', 'NETWORK', 'ABORT',
  'URL_MISMATCH', 'QUOTA_EXCEEDED', 'TIMEOUT', 'INVALID_NODE_TYPE', 'DATA_CLONE',
];
for (let i = 0; i < CONSTANTS.length; i++) constants[`${CONSTANTS[i]}_ERR`] = i + 1;

const cloning = {
  __proto__: null,
  has: Fields.has,
  save: (error) => ({
    __proto__: null, message: Fields.messageOf(error), name: Fields.nameOf(error), stack: error.stack,
  }),
  restore({ message, name, stack }) {
    const error = new DOMException(message, name);
    if (typeof stack === 'string') {
      defineProperty(error, 'stack', { __proto__: null, value: stack, writable: true, configurable: true });
    }
    return error;
  },
};
const fieldsOf = (error) => ({ __proto__: null, name: Fields.nameOf(error), message: Fields.messageOf(error) });
defineInterface(DOMException, { __proto__: null, constants, cloning, fieldsOf });

return { __proto__: null, DOMException };
