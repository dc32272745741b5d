// What `context.kv` is: JSON values by key, one namespace at a time. Each method is an operation of the trusted side,
// which knows the limits.
const { Error, TypeError, parse, stringify, toWellFormed } = need('primordials');
const { defineInterface, illegalConstructor, member, requireArguments, toDictionary } = need('webidl');
const { ask, bare } = need('operations');

const refused = (code, message) => new TypeError(message, { __proto__: null, cause: { code } });

const textOf = (what) => (value) => {
  if (typeof value !== 'string') throw refused('invalid', `${what} is not a string`);
  if (toWellFormed(value) !== value) throw refused('invalid', `${what} has a lone surrogate, which UTF-8 does not have`);
  return value;
};
const numberOf = (what) => (value) => {
  if (typeof value !== 'number') throw refused('invalid', `${what} is not a number`);
  return value;
};

const toKey = textOf('the key');
const toNamespace = textOf('the namespace');
const toStep = numberOf('the step');
const LIST_MEMBERS = {
  __proto__: null,
  limit: member(numberOf('the limit')),
  prefix: member(textOf('the prefix')),
  startKey: member(textOf('the start key')),
};
const PUT_MEMBERS = { __proto__: null, ttl: member(numberOf('the ttl')) };

// Returns a copy of a value, so that none of its own code runs when it is sent.
const jsonOf = (value) => {
  const text = stringify(value);
  if (text === undefined) throw refused('invalid', 'the value is not JSON');
  return parse(text);
};

const INTERNAL = { __proto__: null };
let namespaceOf;

class KeyValues {
  #namespaces; // those of the function
  #namespace;

  constructor(key, namespaces, namespace) {
    if (key !== INTERNAL) illegalConstructor();
    this.#namespaces = namespaces;
    this.#namespace = namespace;
  }

  static {
    namespaceOf = (store) => store.#namespace;
  }

  namespace(name) {
    requireArguments(arguments.length, 1, "Failed to execute 'namespace' on 'KeyValues'");
    const namespaces = this.#namespaces;
    const asked = toNamespace(name);
    for (let i = 0; i < namespaces.length; i++) {
      if (namespaces[i] === asked) return new KeyValues(INTERNAL, namespaces, asked);
    }
    throw refused('not_allowed', `the namespace "${asked}" is not in kv of the function's document`);
  }

  async get(key) {
    return this.#ask('get', { __proto__: null, key: toKey(key) });
  }

  async put(key, value, options = undefined) {
    await this.#ask('put', {
      __proto__: null, key: toKey(key), value: jsonOf(value), ttl_s: toDictionary(options, PUT_MEMBERS).ttl,
    });
  }

  async delete(key) {
    return this.#ask('delete', { __proto__: null, key: toKey(key) });
  }

  async list(options = undefined) {
    const { prefix, startKey, limit } = toDictionary(options, LIST_MEMBERS);
    const page = bare(await this.#ask('list', { __proto__: null, prefix, start_key: startKey, limit }));
    return { items: page.items, nextStartKey: page.next_start_key ?? undefined };
  }

  async increment(key, by = 1) {
    return this.#ask('increment', { __proto__: null, key: toKey(key), by: toStep(by) });
  }

  async compareAndSet(key, expected, value, options = undefined) {
    return this.#ask('compareAndSet', {
      __proto__: null,
      key: toKey(key),
      expected: expected === undefined ? undefined : jsonOf(expected),
      value: jsonOf(value),
      ttl_s: toDictionary(options, PUT_MEMBERS).ttl,
    });
  }

  async #ask(op, fields) {
    const all = { __proto__: null, op, namespace: this.#namespace, ...fields };
    return (await ask('kv', all, undefined, Error)).fields.value;
  }
}
defineInterface(KeyValues, {
  __proto__: null,
  fieldsOf: (store) => ({ __proto__: null, namespace: namespaceOf(store) }),
});

// The first namespace is the one that is meant where none is named.
const openKeyValues = (namespaces) => new KeyValues(INTERNAL, namespaces, namespaces[0]);

return { __proto__: null, openKeyValues };
