// What `context.tools` is: the tools of the account, by name. A call of one is an operation of the trusted side, which
// knows them, and whose right to them counts.
const { Error, Proxy, TypeError, defineProperty, freeze, parse, stringify } = need('primordials');
const { ask } = need('operations');

const invalid = (message) => new TypeError(message, { __proto__: null, cause: { code: 'invalid' } });

// Returns a copy, so that none of its own code runs when it is sent.
const copyOf = (input) => {
  const text = stringify(input);
  if (text === undefined) throw invalid('the input is not JSON');
  return parse(text);
};

// Called with `new`. What a tool threw has its name.
const ToolError = function (message, options) {
  const error = new Error(message, options);
  const { name } = options.cause;
  if (typeof name === 'string') {
    defineProperty(error, 'name', { __proto__: null, value: name, writable: true, configurable: true });
  }
  return error;
};

const toolOf = (name) => async (input = {}) =>
  (await ask('tool', { __proto__: null, tool: name, arguments: copyOf(input) }, undefined, ToolError)).fields.value;

// What other code asks of any object: whether it is a promise, and whether it has JSON of its own.
const NO_TOOL = { __proto__: null, then: true, toJSON: true };

const HANDLER = {
  __proto__: null,
  get: (_, name) => (typeof name === 'string' && NO_TOOL[name] === undefined ? toolOf(name) : undefined),
};

const openTools = () => new Proxy(freeze({ __proto__: null }), HANDLER);

return { __proto__: null, openTools };
