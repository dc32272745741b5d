// The kinds of objects that are neither plain nor lists, and how to show each. `probe` reads an internal slot of its
// kind, so it throws for other objects, whatever their prototype or tag.
const {
  PLAIN_KINDS, addProperties, inParentheses, inspectItems, inspectKey, inspectValue, isOrdinary, joined, prefixOf,
  withProperties,
} = later('show');
const BYTES_SHOWN = 50;

const kinds = { __proto__: null }; // by name

const addKind = (name, probe, show, isLeaf = false) => {
  kinds[name] = {
    __proto__: null, probe, isLeaf, show: (value, depth, parents) => show(value, depth, parents, probe(value)),
  };
};

// Shows a text, after the name of the class if that is not the kind's.
const addTextKind = (kind, read, textOfContent) =>
  addKind(kind, read, (value, depth, parents, content) => {
    const prefix = prefixOf(value, kind);
    const text = textOfContent(content, value);
    return withProperties(prefix === kind ? text : `${prefix} ${text}`, value, depth, parents);
  }, true);

const addBoxKind = (kind, read) =>
  addKind(kind, read, (value, depth, parents, content) => {
    const name = className(value) ?? 'null prototype';
    const length = typeof content === 'string' ? content.length : 0;
    const text = `[${kind}${name === kind ? '' : ` (${name})`}: ${inspectPrimitive(content, 1)}]`;
    return withProperties(text, value, depth, parents, length);
  }, true);

// `parts` lists what stands in the braces before the properties.
const addBracedKind = (kind, probe, parts, sizeOf = () => '') =>
  addKind(kind, probe, (value, depth, parents, content) => {
    const first = parts(value, depth, parents, content);
    return joined(`${prefixOf(value, kind, sizeOf(content))} {`, addProperties(first, value, depth, parents), '}');
  });

const addCollectionKind = (kind, size, iterate, next, show) =>
  addBracedKind(kind, size, (value, depth, parents, count) => {
    const iterator = iterate(value);
    const parts = list();
    let i = 0;
    for (; i < min(count, ITEMS) && textLeft > 0; i++) parts[i] = show(next(iterator).value, depth, parents);
    if (i < count) parts[i] = `… ${count - i} more`;
    return parts;
  }, inParentheses);

const bytesText = (buffer, length) => {
  const view = new OriginalUint8Array(buffer, 0, min(length, BYTES_SHOWN));
  const digits = '0123456789abcdef';
  let text = '';
  for (let i = 0; i < min(length, BYTES_SHOWN); i++) {
    text += `${i ? ' ' : ''}${digits[view[i] >> 4]}${digits[view[i] & 15]}`;
  }
  return length > BYTES_SHOWN ? `<${text} … ${length - BYTES_SHOWN} more bytes>` : `<${text}>`;
};

const addBufferKind = (kind, byteLength, isDetached) =>
  addBracedKind(kind, byteLength, (value, depth, parents, length) => listOf(
    isDetached(value) ? '(detached)' : `[Uint8Contents]: ${bytesText(value, length)}`,
    `byteLength: ${length}`,
  ));

addCollectionKind('Map', mapSize, mapEntries, nextOfMap, (entry, depth, parents) =>
  `${inspectValue(entry[0], depth, parents)} => ${inspectValue(entry[1], depth, parents)}`);
addCollectionKind('Set', setSize, setValues, nextOfSet, inspectValue);

addTextKind('Date', dateValue, (time) => (is(time, NaN) ? 'Invalid Date' : dateToIso(new OriginalDate(time))));

addTextKind('RegExp', regExpSource, (source, value) => {
  let text = `/${shorten(source)}/`;
  for (const letter in regExpFlags) if (regExpFlags[letter](value)) text += letter;
  return text;
});

addBoxKind('Number', numberOf);
addBoxKind('String', stringOf);
addBoxKind('Boolean', booleanOf);
addBoxKind('Symbol', symbolOf);
addBoxKind('BigInt', bigintOf);

addBufferKind('ArrayBuffer', bufferBytes, bufferDetached);
addBufferKind('SharedArrayBuffer', sharedLength, () => false);
addBracedKind('DataView', dataViewBuffer, (value, depth, parents, buffer) => {
  const shown = `buffer: ${inspectValue(buffer, depth, parents)}`;
  try {
    return listOf(`byteLength: ${dataViewBytes(value)}`, `byteOffset: ${dataViewOffset(value)}`, shown);
  } catch {
    return listOf('(out of bounds)', shown);
  }
});

// Collections whose items JavaScript cannot list.
const noKey = { __proto__: null };
addBracedKind('WeakMap', (value) => weakMapHas(value, noKey), () => listOf('<items unknown>'));
addBracedKind('WeakSet', (value) => weakSetHas(value, noKey), () => listOf('<items unknown>'));
addBracedKind('WeakRef', weakRefTarget, (value, depth, parents, target) =>
  listOf(target === undefined ? '<collected>' : inspectValue(target, depth, parents)));

const probed = ownKeys(kinds); // names of the kinds that `probe` identifies
setPrototypeOf(probed, null);

// Kinds known by their tag. Promises have no safe probe; loading Temporal and Intl is slow, so look up
// their built-in `toString`, and recognize it by its text.
const NATIVE_TEXT = 'function toString() { [native code] }';
const nativeText = (value) => {
  const toString = found(value, 'toString')?.value;
  if (toString === plainToString || functionToString(toString) !== NATIVE_TEXT) throw value;
  return apply(toString, value, list());
};
const textKinds = ['Temporal.Duration', 'Temporal.Instant', 'Temporal.PlainDate', 'Temporal.PlainDateTime',
  'Temporal.PlainMonthDay', 'Temporal.PlainTime', 'Temporal.PlainYearMonth', 'Temporal.ZonedDateTime', 'Intl.Locale'];
for (let i = 0; i < textKinds.length; i++) addTextKind(textKinds[i], nativeText, (text) => text);
addBracedKind('Promise', () => {}, () => listOf('<state unknown>'));

const tagged = { __proto__: null, ...kinds }; // the kinds that a tag may identify sooner

// Kinds that `kindOf` identifies without tag or probe.
kinds.Object = PLAIN_KINDS.Object;
addKind('Arguments', () => {}, (value, depth, parents) => {
  const length = getOwnPropertyDescriptor(value, 'length')?.value;
  return inspectItems('[Arguments] ', value, typeof length === 'number' && length > 0 ? trunc(length) : 0, depth, parents);
});
// The library of streams keeps their state in such properties.
const isInternal = (key) => typeof key === 'string' && key[0] === '_';
addKind('Platform', platformFields, (value, depth, parents, fields) => {
  const parts = list();
  const names = ownKeys(fields);
  for (let i = 0; i < min(names.length, ITEMS) && textLeft > 0; i++) {
    parts[i] = `${inspectKey(names[i])}: ${inspectValue(fields[names[i]], depth, parents)}`;
  }
  if (parts.length < names.length) parts[parts.length] = `… ${names.length - parts.length} more`;
  addProperties(parts, value, depth, parents, 0, isInternal);
  return joined(`${prefixOf(value, 'Platform')} {`, parts, '}');
});
addKind('TypedArray', viewLength, (value, depth, parents, length) =>
  inspectItems(`${prefixOf(value, viewKind(value), inParentheses(length))} `, value, length, depth, parents));

const isOfKind = (value, kind) => {
  try {
    kinds[kind].probe(value);
    return true;
  } catch {
    return false;
  }
};

const kindOf = (value) => {
  if (isView(value)) return viewKind(value) ? 'TypedArray' : 'DataView';
  const tag = found(value, toStringTag);
  if (tag === undefined && isOrdinary(value)) {
    const kind = slice(objectToString(value), 8, -1); // of `[object Date]`
    return kind in kinds ? kind : 'Object';
  }
  if (platformFields(value) !== undefined) return 'Platform';
  if (typeof tag?.value === 'string' && tag.value in tagged && isOfKind(value, tag.value)) return tag.value;
  for (let i = 0; i < probed.length; i++) if (isOfKind(value, probed[i])) return probed[i];
  return 'Object';
};

// Returns the primitive in a box of one of two kinds; undefined for all else.
const numberOrStringIn = (value) => {
  const kind = kindOf(value);
  return kind === 'Number' || kind === 'String' ? kinds[kind].probe(value) : undefined;
};

return { __proto__: null, kindOf, kinds, numberOrStringIn };
