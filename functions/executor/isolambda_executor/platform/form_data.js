// FormData (XMLHttpRequest, 5).
const { TypeError, arrayPrototype, list, listOf, setPrototypeOf } = need('primordials');
const { defineInterface, defineIterable, fieldsOfPairs, isObject, requireArguments, toUSVString } = need('webidl');
const { bytesOf, fileTime, isBlob, isFile, newFile, typeOf } = need('blob');

// Returns what the entry of a blob holds, which is a file.
const fileOf = (blob, filename) => {
  if (filename === undefined && isFile(blob)) return blob;
  const lastModified = isFile(blob) ? fileTime(blob) : undefined;
  return newFile(bytesOf(blob), filename ?? 'blob', typeOf(blob), lastModified);
};

// Returns a pair of a name and a text or a file. `given` is the number of arguments.
const toEntry = (given, name, value, filename, where) => {
  requireArguments(given, 2, where);
  const key = toUSVString(name);
  if (isBlob(value)) return listOf(key, fileOf(value, filename === undefined ? undefined : toUSVString(filename)));
  if (given > 2) throw new TypeError(`${where}: a value with a file name is not a Blob`);
  return listOf(key, toUSVString(value));
};

const INTERNAL = { __proto__: null };
let entriesOf;
let isFormData;

class FormData {
  #entries = list();

  constructor(form = undefined, submitter = undefined) {
    if (form === INTERNAL) this.#entries = submitter;
    else if (form !== undefined) throw new TypeError("Failed to construct 'FormData': there are no forms");
  }

  static {
    entriesOf = (data) => data.#entries;
    isFormData = (value) => isObject(value) && #entries in value;
  }

  append(name, value, filename = undefined) {
    const entries = this.#entries;
    entries[entries.length] =
      toEntry(arguments.length, name, value, filename, "Failed to execute 'append' on 'FormData'");
  }

  delete(name) {
    const entries = this.#entries;
    requireArguments(arguments.length, 1, "Failed to execute 'delete' on 'FormData'");
    const key = toUSVString(name);
    const left = list();
    for (let i = 0; i < entries.length; i++) if (entries[i][0] !== key) left[left.length] = entries[i];
    this.#entries = left;
  }

  get(name) {
    const entries = this.#entries;
    requireArguments(arguments.length, 1, "Failed to execute 'get' on 'FormData'");
    const key = toUSVString(name);
    for (let i = 0; i < entries.length; i++) if (entries[i][0] === key) return entries[i][1];
    return null;
  }

  getAll(name) {
    const entries = this.#entries;
    requireArguments(arguments.length, 1, "Failed to execute 'getAll' on 'FormData'");
    const key = toUSVString(name);
    const values = list();
    for (let i = 0; i < entries.length; i++) if (entries[i][0] === key) values[values.length] = entries[i][1];
    setPrototypeOf(values, arrayPrototype);
    return values;
  }

  has(name) {
    const entries = this.#entries;
    requireArguments(arguments.length, 1, "Failed to execute 'has' on 'FormData'");
    const key = toUSVString(name);
    for (let i = 0; i < entries.length; i++) if (entries[i][0] === key) return true;
    return false;
  }

  set(name, value, filename = undefined) {
    const entries = this.#entries;
    const entry = toEntry(arguments.length, name, value, filename, "Failed to execute 'set' on 'FormData'");
    const left = list();
    let isSet = false;
    for (let i = 0; i < entries.length; i++) {
      if (entries[i][0] !== entry[0]) left[left.length] = entries[i];
      else if (!isSet) left[left.length] = entry;
      isSet ||= entries[i][0] === entry[0];
    }
    if (!isSet) left[left.length] = entry;
    this.#entries = left;
  }
}
defineIterable(FormData, (data, index) => entriesOf(data)[index]);
defineInterface(FormData, { __proto__: null, fieldsOf: (data) => fieldsOfPairs(entriesOf(data)) });

const newFormData = (entries) => new FormData(INTERNAL, entries);

return { __proto__: null, FormData, entriesOf, isFormData, newFormData };
