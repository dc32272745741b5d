// What few need of DOMException, which is in the prelude: its codes, and how one is cloned.
const { defineProperty, mapSet } = need('primordials');
const { cloningOfPrototype } = need('interfaces');
const { DOMException, Fields } = host.domException;

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
const codeOf = (name) => CODES[name] ?? 0;

mapSet(cloningOfPrototype, DOMException.prototype, {
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
});

return { __proto__: null, DOMException, codeOf };
