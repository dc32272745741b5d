// MessageChannel and MessagePort (HTML 9.4). The loop of the execution delivers messages; it does not wait for ports.
const { TypeError, apply, defineProperty, getOwnPropertyDescriptor, iteratorSymbol, list } = need('primordials');
const {
  defineInterface, illegalConstructor, isObject, requireArguments, toDictionary, toSequence,
} = need('webidl');
const { DOMException } = need('dom_exception');
const { Event, EventTarget, defineHandler, dispatchTrusted } = need('events');
const { MessageEvent, makeMessage } = need('event_kinds');
const { TRANSFER_OPTIONS, receive, send, toTransferable } = need('structured_clone');

const INTERNAL = { __proto__: null };
// An end of a channel belongs to one port at a time; a transferred port leaves its end to another, and has none.
const makeEnd = () => ({
  __proto__: null, port: undefined, other: undefined, enabled: false, queue: list(), next: 0,
});

let endOf;
let setEnd;

class MessagePort extends EventTarget {
  #end;

  constructor(key = undefined, end = undefined) {
    if (key !== INTERNAL) illegalConstructor();
    super();
    this.#end = end;
    end.port = this;
  }

  static {
    endOf = (port) => port.#end;
    setEnd = (port, end) => {
      port.#end = end;
    };
  }

  postMessage(message, options = undefined) {
    const end = this.#end;
    requireArguments(arguments.length, 1, "Failed to execute 'postMessage' on 'MessagePort'");
    const transfer = toTransfer(options);
    const target = end?.other;
    let isDoomed = target === undefined;
    for (let i = 0; i < transfer.length; i++) {
      if (transfer[i] === this) throw new DOMException('A port cannot transfer itself.', 'DataCloneError');
      // A channel that carries its own other end reaches no code.
      if (target?.port !== undefined && transfer[i] === target.port) isDoomed = true;
    }
    const sent = send(message, transfer);
    if (!isDoomed) post(target, sent);
  }

  start() {
    const end = this.#end;
    if (end === undefined || end.enabled) return;
    end.enabled = true;
    for (let i = end.next; i < end.queue.length; i++) host.queueTask(() => deliver(end));
  }

  close() {
    const end = this.#end;
    if (end === undefined) return;
    this.#end = undefined;
    const { other } = end;
    if (other === undefined) return;
    other.other = undefined;
    end.other = undefined;
    host.queueTask(() => {
      if (other.port !== undefined) dispatchTrusted(other.port, new Event('close'));
    });
  }
}

const toTransfer = (options) => {
  if (isObject(options) && options[iteratorSymbol] !== undefined && options[iteratorSymbol] !== null) {
    return toSequence(options, toTransferable);
  }
  return toDictionary(options, TRANSFER_OPTIONS).transfer ?? list();
};

const post = (end, sent) => {
  end.queue[end.queue.length] = sent;
  host.queueTask(() => deliver(end));
};

// Delivers the next message; others may be left of an execution that has ended.
const deliver = (end) => {
  if (!end.enabled || end.next === end.queue.length) return;
  const sent = end.queue[end.next];
  end.queue[end.next++] = undefined;
  if (end.next === end.queue.length) {
    end.queue = list();
    end.next = 0;
  } else {
    host.queueTask(() => deliver(end));
  }
  let event;
  try {
    const { value, transferred } = receive(sent);
    const ports = list();
    for (let i = 0; i < transferred.length; i++) if (isPort(transferred[i])) ports[ports.length] = transferred[i];
    event = makeMessage(value, ports);
  } catch {
    event = new MessageEvent('messageerror'); // no memory is left
  }
  dispatchTrusted(end.port, event);
};

const isPort = (value) => {
  try {
    endOf(value);
    return true;
  } catch {
    return false;
  }
};

const toMessagePort = (value) => {
  if (!isPort(value)) throw new TypeError('the value is not a MessagePort');
  return value;
};

const cloning = {
  __proto__: null,
  has: isPort,
  transfer(port) {
    const end = endOf(port);
    if (end === undefined) throw new DOMException('A port that is detached could not be cloned.', 'DataCloneError');
    setEnd(port, undefined);
    end.port = undefined;
    end.enabled = false;
    return end;
  },
  receive: (end) => new MessagePort(INTERNAL, end),
};
defineHandler(MessagePort.prototype, 'close');
defineHandler(MessagePort.prototype, 'message');
defineHandler(MessagePort.prototype, 'messageerror');
defineInterface(MessagePort, { __proto__: null, cloning });

// A handler for messages starts the port, as a listener does not.
const { get, set } = getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage');
const { start } = MessagePort.prototype;
const starting = getOwnPropertyDescriptor({
  set onmessage(value) {
    apply(set, this, [value]);
    apply(start, this, []);
  },
}, 'onmessage').set;
defineProperty(MessagePort.prototype, 'onmessage', { __proto__: null, get, set: starting });

class MessageChannel {
  #port1;
  #port2;

  constructor() {
    const one = makeEnd();
    const other = makeEnd();
    one.other = other;
    other.other = one;
    this.#port1 = new MessagePort(INTERNAL, one);
    this.#port2 = new MessagePort(INTERNAL, other);
  }

  get port1() { return this.#port1; }
  get port2() { return this.#port2; }
}
defineInterface(MessageChannel);

return { __proto__: null, MessageChannel, MessagePort, toMessagePort };
