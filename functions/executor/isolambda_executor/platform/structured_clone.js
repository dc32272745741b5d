// structuredClone (HTML 2.7). A value is saved as records without prototypes, then its buffers and ports are
// transferred, then the records are restored. Nothing recurses, so that no nesting is too deep.
const { Map, TypeError, hasOwn, list, mapGet, mapHas, mapSet, symbolToString } = need('primordials');
const { isObject, member, requireArguments, toDictionary, toSequence } = need('webidl');
const { cloningOf, refuse } = need('clone_kinds');

// Returns the value if it is primitive, or else the record of the object. `records` has those of objects met before.
const save = (value, records) => {
  const unfinished = list();
  const saveOne = (part) => {
    if (typeof part === 'symbol') refuse(symbolToString(part));
    if (!isObject(part)) return part;
    const known = mapGet(records, part);
    if (known !== undefined) return known;
    const cloning = cloningOf(part);
    if (cloning.save === undefined) refuse('An object that can only be transferred');
    const record = cloning.save(part, saveOne);
    record.cloning = cloning;
    record.restored = undefined;
    mapSet(records, part, record);
    if (record.parts === undefined && record.names === undefined) return record;
    record.values = list();
    record.next = 0;
    unfinished[unfinished.length] = record;
    return record;
  };
  const saved = saveOne(value);
  // Depth first, as the getters of user code may notice.
  while (unfinished.length > 0) {
    const record = unfinished[unfinished.length - 1];
    const { parts, names, keys, values, object } = record;
    if (record.next === (parts ?? names).length) {
      unfinished.length--;
    } else if (parts !== undefined) {
      values[values.length] = saveOne(parts[record.next++]);
    } else {
      const name = names[record.next++];
      if (!hasOwn(object, name)) continue; // a getter deleted it
      keys[keys.length] = name;
      values[values.length] = saveOne(object[name]);
    }
  }
  return saved;
};

const restore = (saved) => {
  const unfinished = list();
  const restoreOne = (part) => {
    if (!isObject(part)) return part;
    if (part.restored === undefined) {
      part.restored = part.cloning.restore(part, restoreOne);
      if (part.values !== undefined) unfinished[unfinished.length] = part;
    }
    return part.restored;
  };
  const value = restoreOne(saved);
  for (let i = 0; i < unfinished.length; i++) {
    const record = unfinished[i];
    const values = list();
    for (let k = 0; k < record.values.length; k++) values[k] = restoreOne(record.values[k]);
    record.cloning.fill(record.restored, record, values);
  }
  return value;
};

// Returns what `receive` needs: the saved value, and the records of the objects of the list `transferred`.
const send = (value, transferred) => {
  const records = new Map();
  const sent = list();
  for (let i = 0; i < transferred.length; i++) {
    const cloning = cloningOf(transferred[i]);
    if (cloning.transfer === undefined) refuse('An object of the list `transfer` that is not transferable');
    if (mapHas(records, transferred[i])) refuse('An object that the list `transfer` has twice');
    const { transfer: give, receive: take } = cloning;
    const record = { __proto__: null, give, take, data: undefined, restored: undefined };
    mapSet(records, transferred[i], record);
    sent[i] = record;
  }
  const saved = save(value, records);
  for (let i = 0; i < sent.length; i++) sent[i].data = sent[i].give(transferred[i]);
  return { __proto__: null, saved, sent };
};

// Returns the value, and the list of what was transferred.
const receive = ({ saved, sent }) => {
  const transferred = list();
  for (let i = 0; i < sent.length; i++) {
    sent[i].restored = sent[i].take(sent[i].data);
    transferred[i] = sent[i].restored;
  }
  return { __proto__: null, value: restore(saved), transferred };
};

const toTransferable = (value) => {
  if (!isObject(value)) throw new TypeError('an item of `transfer` is not an object');
  return value;
};
const OPTIONS = {
  __proto__: null,
  transfer: member((value) => toSequence(value, toTransferable)),
};

const { structuredClone } = {
  structuredClone(value, options = undefined) {
    requireArguments(arguments.length, 1, "Failed to execute 'structuredClone'");
    const { transfer } = toDictionary(options, OPTIONS);
    return receive(send(value, transfer ?? list())).value;
  },
};

return { __proto__: null, TRANSFER_OPTIONS: OPTIONS, receive, send, structuredClone, toTransferable };
