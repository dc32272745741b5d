// Describes a thrown value, which may be hostile; `later/details.js` says what it carries.
const isErrorLike = (value) => {
  try {
    return isError(value) || isPrototypeOf(errorPrototype, value);
  } catch {
    return false; // a revoked proxy
  }
};

const ownProperty = (object, key) => {
  try {
    return getOwnPropertyDescriptor(object, key);
  } catch {
    return undefined;
  }
};

const asArray = (value) => {
  try {
    return isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

// What every error has.
const PLAIN = { __proto__: null, name: true, message: true, stack: true };
const isPlain = (thrown) => {
  if (isProxy(thrown)) return false;
  const keys = ownKeys(thrown);
  for (let i = 0; i < keys.length; i++) if (!(keys[i] in PLAIN)) return false;
  return true;
};

const nameOf = (thrown) => textOf(thrown, 'name') || 'Error';

const messageOf = (thrown) => {
  try {
    const { message } = thrown;
    if (message === undefined) return '';
    return typeof message === 'string' ? shorten(message) : shorten(inspect(message));
  } catch {
    return '';
  }
};

const describe = (thrown) => {
  const readable = thrown !== null && typeof thrown === 'object';
  const errorLike = isErrorLike(thrown);
  const described = {
    __proto__: null,
    name: readable ? nameOf(thrown) : 'Error',
    message: (readable && messageOf(thrown)) || (errorLike ? '' : shorten(inspect(thrown))),
    stack: errorLike || (readable && ownProperty(thrown, 'stack')) ? shorten(stackOf(thrown), 2 * TEXT) : '',
  };
  if (!readable || isView(thrown) || asArray(thrown)) return described;
  described.line = Place.lineOf(thrown);
  described.column = Place.columnOf(thrown);
  if (modules) described.file = Place.of(thrown)?.file;
  if (isPlain(thrown)) return described;
  const details = later('details').detailsOf(thrown);
  if (ownKeys(details).length) described.details = details;
  return described;
};
