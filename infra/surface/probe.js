// The body of a function that looks for each member of the surface that `call` lists. Returns, by entry, the
// members that are missing; an entry of which nothing is missing has none.
const lookUp = (path) => path.split('.').reduce((object, name) => object?.[name], globalThis);

const isThere = (look) => {
  try {
    return look();
  } catch {
    return false;
  }
};

const nameOf = (member) => /^(?:readonly )?(\w+)/.exec(member)[1];
const isMethod = (member) => /^\w+[(<]/.test(member);
const own = (object, name) => Object.getOwnPropertyDescriptor(object, name);
const hasMethod = (object, name) => typeof own(object, name)?.value === 'function';

// The only attribute that instances have themselves.
const instances = { Event: () => new Event('probe') };

const membersOf = (path, entry) => {
  const Class = lookUp(path);
  const prototype = Class?.prototype;
  const looks = [[
    'interface', () => typeof Class === 'function' && Class.name === path.split('.').at(-1) && typeof prototype === 'object',
  ]];
  if (entry.extends) {
    const Parent = lookUp(entry.extends);
    looks.push([`extends ${entry.extends}`, () => Object.getPrototypeOf(prototype) === Parent.prototype]);
  }
  for (const [name, value] of Object.entries(entry.constants ?? {})) {
    looks.push([name, () => Class[name] === value && prototype[name] === value]);
  }
  for (const member of entry.static ?? []) looks.push([`${nameOf(member)}`, () => hasMethod(Class, nameOf(member))]);
  for (const member of entry.members) {
    const name = nameOf(member);
    looks.push([name, () => (isMethod(member) ? hasMethod(prototype, name) : typeof own(prototype, name).get === 'function')]);
  }
  for (const member of entry.own ?? []) looks.push([nameOf(member), () => nameOf(member) in instances[path]()]);
  if (entry.iterable) {
    for (const name of ['entries', 'forEach', 'keys', 'values']) looks.push([name, () => hasMethod(prototype, name)]);
    looks.push(['[Symbol.iterator]', () => hasMethod(prototype, Symbol.iterator)]);
  }
  if (entry.async_iterable) {
    looks.push(['values', () => hasMethod(prototype, 'values')]);
    looks.push(['[Symbol.asyncIterator]', () => hasMethod(prototype, Symbol.asyncIterator)]);
  }
  return looks;
};

const globalOf = (path, type) => {
  if (path === 'self' || path === 'globalThis') return () => lookUp(path) === globalThis;
  if (path.startsWith('on')) return () => path in globalThis;
  if (/^(?:\{ )?[(<]/.test(type)) return () => typeof lookUp(path) === 'function';
  return () => lookUp(path) !== undefined;
};

const surface = [
  ...Object.entries(call.interfaces).map(([path, entry]) => [path, membersOf(path, entry)]),
  ...Object.entries(call.globals).map(([path, type]) => [path, [['global', globalOf(path, type)]]]),
];
for (const member of call.console ?? []) {
  const name = nameOf(member);
  surface.find(([path]) => path === 'console')[1].push([name, () => hasMethod(console, name)]);
}

// An overloaded member is listed more than once.
const counted = surface.map(([path, looks]) => [path, [...new Map(looks)]]);
return counted.map(([path, looks]) => ({
  entry: path,
  members: looks.length,
  missing: looks.filter(([, look]) => !isThere(look)).map(([name]) => name),
}));
