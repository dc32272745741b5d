// The interfaces of Streams (WHATWG Streams), which are a library's.
const {
  TypeError, asyncIteratorSymbol, getOwnPropertyDescriptor, getPrototypeOf, setPrototypeOf,
} = need('primordials');
const { defineInterface } = need('webidl');
const library = need('vendor/streams');

// The library does not know this prototype of the language.
const asyncIteratorPrototype = getPrototypeOf(getPrototypeOf(async function* () {}.prototype));
const iteratorPrototype = getPrototypeOf(new library.ReadableStream().values());
delete iteratorPrototype[asyncIteratorSymbol];
setPrototypeOf(iteratorPrototype, asyncIteratorPrototype);

// The library keeps the state of its objects in properties whose names begin with `_`.
const own = (object, name) => {
  const property = getOwnPropertyDescriptor(object, name);
  if (property === undefined) throw new TypeError('the object is not of the class');
  return property.value;
};
const nothing = () => ({ __proto__: null });
const FIELDS = {
  __proto__: null,
  ReadableStream: (stream) => (
    { __proto__: null, locked: own(stream, '_reader') !== undefined, state: own(stream, '_state') }
  ),
  TransformStream: (stream) => (
    { __proto__: null, readable: own(stream, '_readable'), writable: own(stream, '_writable') }
  ),
  WritableStream: (stream) => (
    { __proto__: null, locked: own(stream, '_writer') !== undefined, state: own(stream, '_state') }
  ),
};
for (const name in library) {
  defineInterface(library[name], { __proto__: null, fieldsOf: FIELDS[name] ?? nothing });
}

return library;
