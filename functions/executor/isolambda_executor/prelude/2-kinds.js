// The kinds of objects, and how each is shown. `probe` throws on what is not of its kind, whatever
// prototype or tag it has been given; it reads what the kind keeps where no property shows it.
const BYTES_SHOWN = 50;

const kinds = { __proto__: null };
const addKind = (name, probe, show, isLeaf = false) => {
  kinds[name] = {
    __proto__: null, probe, isLeaf, show: (value, depth, parents) => show(value, depth, parents, probe(value)),
  };
};

// A text behind the name of the class, which is said only where it is not the kind's own.
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

// What stands in braces before the properties is listed by `parts`.
const addBracedKind = (kind, probe, parts, sizeOf = () => '') =>
  addKind(kind, probe, (value, depth, parents, content) => {
    const first = parts(value, depth, parents, content);
    return joined(`${prefixOf(value, kind, sizeOf(content))} {`, addProperties(first, value, depth, parents), '}');
  });

const inParentheses = (size) => `(${size})`;
const addCollectionKind = (kind, size, iterate, next, show) =>
  addBracedKind(kind, size, (value, depth, parents, count) => {
    const iterator = iterate(value);
    const parts = list();
    let i = 0;
    for (; i < min(count, ITEMS) && textLeft > 0; i++) parts[i] = show(next(iterator).value, depth, parents);
    if (i < count) parts[i] = `… ${count - i} more`;
    return parts;
  }, inParentheses);

const listOf = (...parts) => {
  setPrototypeOf(parts, null);
  return parts;
};

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

const flags = list();
const flagNames = ['hasIndices', 'd', 'global', 'g', 'ignoreCase', 'i', 'multiline', 'm', 'dotAll', 's',
  'unicode', 'u', 'unicodeSets', 'v', 'sticky', 'y'];
for (let i = 0; i < flagNames.length; i += 2) {
  flags[i / 2] = { __proto__: null, isSet: getter(RegExp.prototype, flagNames[i]), letter: flagNames[i + 1] };
}
addTextKind('RegExp', getter(RegExp.prototype, 'source'), (source, value) => {
  let text = `/${shorten(source)}/`;
  for (let i = 0; i < flags.length; i++) if (flags[i].isSet(value)) text += flags[i].letter;
  return text;
});

addBoxKind('Number', numberOf);
addBoxKind('String', stringOf);
addBoxKind('Boolean', booleanOf);
addBoxKind('Symbol', symbolOf);
addBoxKind('BigInt', bigintOf);

addBufferKind('ArrayBuffer', getter(ArrayBuffer.prototype, 'byteLength'), getter(ArrayBuffer.prototype, 'detached'));
addBufferKind('SharedArrayBuffer', sharedLength, () => false);
const viewBytes = getter(DataView.prototype, 'byteLength');
const viewOffset = getter(DataView.prototype, 'byteOffset');
addBracedKind('DataView', getter(DataView.prototype, 'buffer'), (value, depth, parents, buffer) => {
  const shown = `buffer: ${inspectValue(buffer, depth, parents)}`;
  try {
    return listOf(`byteLength: ${viewBytes(value)}`, `byteOffset: ${viewOffset(value)}`, shown);
  } catch {
    return listOf('(out of bounds)', shown);
  }
});

// What cannot be looked at.
const nobody = { __proto__: null };
const weakSetHas = method(WeakSet.prototype.has);
addBracedKind('WeakMap', (value) => weakMapHas(value, nobody), () => listOf('<items unknown>'));
addBracedKind('WeakSet', (value) => weakSetHas(value, nobody), () => listOf('<items unknown>'));
addBracedKind('WeakRef', method(WeakRef.prototype.deref), (value, depth, parents, target) =>
  listOf(target === undefined ? '<collected>' : inspectValue(target, depth, parents)));

const { prototype: objectPrototype } = Object;
const probed = ownKeys(kinds);
setPrototypeOf(probed, null);
// What has to have the tag of its kind; of promises nothing else can be asked.
const temporalKinds = ['Duration', 'Instant', 'PlainDate', 'PlainDateTime', 'PlainMonthDay', 'PlainTime',
  'PlainYearMonth', 'ZonedDateTime'];
for (let i = 0; i < temporalKinds.length; i++) {
  addTextKind(`Temporal.${temporalKinds[i]}`, method(Temporal[temporalKinds[i]].prototype.toString), (text) => text);
}
addTextKind('Intl.Locale', method(Intl.Locale.prototype.toString), (text) => text);
addBracedKind('Promise', () => {}, () => listOf('<state unknown>'));

const tagged = { __proto__: null, ...kinds };

// What is told otherwise.
addKind('Object', () => {}, (value, depth, parents) => {
  const prefix = prefixOf(value, 'Object');
  const parts = addProperties(list(), value, depth, parents);
  return joined(prefix === 'Object' ? '{' : `${prefix} {`, parts, '}');
});
addKind('Array', () => {}, (value, depth, parents) => {
  const prefix = prefixOf(value, 'Array', inParentheses(value.length));
  const isPlain = prefix === `Array(${value.length})`;
  return inspectItems(isPlain ? '' : `${prefix} `, value, value.length, depth, parents);
});
addKind('Arguments', () => {}, (value, depth, parents) => {
  const length = getOwnPropertyDescriptor(value, 'length')?.value;
  return inspectItems('[Arguments] ', value, typeof length === 'number' && length > 0 ? trunc(length) : 0, depth, parents);
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

// Whether the way to the prototype of all objects leads through no proxy.
const isOrdinary = (value) => {
  for (let holder = getPrototypeOf(value); holder !== null; holder = getPrototypeOf(holder)) {
    if (weakMapHas(targets, holder)) return false;
    if (holder === objectPrototype) return true;
  }
  return false;
};

const kindOf = (value) => {
  if (isArray(value)) return 'Array';
  if (isView(value)) return viewKind(value) ? 'TypedArray' : 'DataView';
  const tag = found(value, toStringTag);
  if (tag === undefined && isOrdinary(value)) {
    const kind = slice(objectToString(value), 8, -1); // of `[object Date]`
    return kind in kinds ? kind : 'Object';
  }
  if (typeof tag?.value === 'string' && tag.value in tagged && isOfKind(value, tag.value)) return tag.value;
  for (let i = 0; i < probed.length; i++) if (isOfKind(value, probed[i])) return probed[i];
  return 'Object';
};
