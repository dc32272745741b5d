// The events that carry something.
const { TypeError, arrayPrototype, freeze, list, setPrototypeOf } = need('primordials');
const {
  defineInterface, isObject, member, requireArguments, requiredMember, toAny, toDOMString, toDictionary, toSequence,
  toUSVString, toUnsignedLong,
} = need('webidl');
const { Event, eventFieldsOf, initializeEvent } = need('events');

// What each class carries, which only it can read.
let fieldsOfCustom;
let fieldsOfError;
let fieldsOfMessage;
let fieldsOfRejection;

const shows = (read) => ({
  __proto__: null,
  fieldsOf: (event) => ({ __proto__: null, ...eventFieldsOf(event), ...read(event) }),
});

class CustomEvent extends Event {
  #fields;

  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, "Failed to construct 'CustomEvent'");
    super(type, init);
    this.#fields = toDictionary(init, DETAIL);
  }

  static {
    fieldsOfCustom = (event) => event.#fields;
  }

  get detail() { return this.#fields.detail; }
  initCustomEvent(type, bubbles = false, cancelable = false, detail = null) {
    this.#fields; // throws for a foreign `this`
    requireArguments(arguments.length, 1, "Failed to execute 'initCustomEvent' on 'CustomEvent'");
    if (initializeEvent(this, toDOMString(type), bubbles, cancelable)) this.#fields.detail = detail;
  }
}
const DETAIL = { __proto__: null, detail: member(toAny, null) };
defineInterface(CustomEvent, shows(fieldsOfCustom));

class ErrorEvent extends Event {
  #fields;

  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, "Failed to construct 'ErrorEvent'");
    super(type, init);
    this.#fields = toDictionary(init, ERROR);
  }

  static {
    fieldsOfError = (event) => event.#fields;
  }

  get message() { return this.#fields.message; }
  get filename() { return this.#fields.filename; }
  get lineno() { return this.#fields.lineno; }
  get colno() { return this.#fields.colno; }
  get error() { return this.#fields.error; }
}
const ERROR = {
  __proto__: null,
  colno: member(toUnsignedLong, 0),
  error: member(toAny),
  filename: member(toUSVString, ''),
  lineno: member(toUnsignedLong, 0),
  message: member(toDOMString, ''),
};
defineInterface(ErrorEvent, shows(fieldsOfError));

const frozen = (items) => freeze(setPrototypeOf(items, arrayPrototype) && items);

const toSource = (value) => {
  if (value === null) return null;
  if (!isObject(value)) throw new TypeError('the source is not a MessagePort');
  return need('messaging').toMessagePort(value);
};

// Makes the event of a message, of a list of ports.
let makeMessage;

class MessageEvent extends Event {
  #fields;

  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, "Failed to construct 'MessageEvent'");
    super(type, init);
    this.#fields = toDictionary(init, MESSAGE);
    this.#fields.ports = frozen(this.#fields.ports ?? list());
  }

  static {
    fieldsOfMessage = (event) => event.#fields;
    makeMessage = (data, ports) => {
      const event = new MessageEvent('message');
      event.#fields.data = data;
      event.#fields.ports = frozen(ports);
      return event;
    };
  }

  get data() { return this.#fields.data; }
  get origin() { return this.#fields.origin; }
  get lastEventId() { return this.#fields.lastEventId; }
  get source() { return this.#fields.source; }
  get ports() { return this.#fields.ports; }
  initMessageEvent(
    type, bubbles = false, cancelable = false, data = null, origin = '', lastEventId = '', source = null, ports = [],
  ) {
    this.#fields; // throws for a foreign `this`
    requireArguments(arguments.length, 1, "Failed to execute 'initMessageEvent' on 'MessageEvent'");
    const text = toDOMString(type);
    const init = { __proto__: null, data, origin, lastEventId, source, ports };
    const fields = toDictionary(init, MESSAGE);
    fields.ports = frozen(fields.ports);
    if (initializeEvent(this, text, bubbles, cancelable)) this.#fields = fields;
  }
}
const MESSAGE = {
  __proto__: null,
  data: member(toAny, null),
  lastEventId: member(toDOMString, ''),
  origin: member(toUSVString, ''),
  ports: member((value) => toSequence(value, (port) => need('messaging').toMessagePort(port))),
  source: member(toSource, null),
};
defineInterface(MessageEvent, shows(fieldsOfMessage));

class PromiseRejectionEvent extends Event {
  #fields;

  constructor(type, init) {
    requireArguments(arguments.length, 2, "Failed to construct 'PromiseRejectionEvent'");
    super(type, init);
    this.#fields = toDictionary(init, REJECTION);
  }

  static {
    fieldsOfRejection = (event) => event.#fields;
  }

  get promise() { return this.#fields.promise; }
  get reason() { return this.#fields.reason; }
}
const REJECTION = {
  __proto__: null,
  promise: requiredMember((value) => {
    if (!isObject(value)) throw new TypeError('the promise is not an object');
    return value;
  }),
  reason: member(toAny),
};
defineInterface(PromiseRejectionEvent, shows(fieldsOfRejection));

const errorFieldsOf = (event) => {
  try {
    return fieldsOfError(event);
  } catch {
    return undefined; // another event
  }
};

return {
  __proto__: null, CustomEvent, ErrorEvent, MessageEvent, PromiseRejectionEvent, errorFieldsOf, makeMessage,
};
