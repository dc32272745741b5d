// The interfaces of Streams (WHATWG Streams), which are a library's.
const { asyncIteratorSymbol, getPrototypeOf, setPrototypeOf } = need('primordials');
const library = need('vendor/streams');

// The library does not know this prototype of the language.
const asyncIteratorPrototype = getPrototypeOf(getPrototypeOf(async function* () {}.prototype));
const iteratorPrototype = getPrototypeOf(new library.ReadableStream().values());
delete iteratorPrototype[asyncIteratorSymbol];
setPrototypeOf(iteratorPrototype, asyncIteratorPrototype);

return library;
