// What code asks of the trusted side (`operations.py`), and what comes back. Messages wait until V8 is at rest, and
// `look` hands them out. The worker writes a reply to shared memory, behind the answers to host calls, and `hear` takes it.
const HANDED_OUT = 131_072; // characters at a time, but one message at least

let lastOperation = 0; // never again, so that no code of an earlier execution goes on with an operation of this one
let operations = { __proto__: null }; // what hears the replies to each, by id
let pending = 0;
let outbox = list();
let asked = 0; // messages of this execution, and one to abandon each of its operations
let askedCharacters = 0;

const end = () => {
  operations = { __proto__: null };
  outbox = list();
  pending = asked = askedCharacters = 0;
};

const keepWithin = (limit, value, used) => {
  if (used > value) throw new OriginalRangeError(`the limit ${limit} is ${value}; ${used} were used`);
};

// Native searches first: few texts have as many brackets.
const hasMore = (text, bracket, left) => {
  for (let at = indexOf(text, bracket); at >= 0 && left >= 0; at = indexOf(text, bracket, at + 1)) left--;
  return left < 0;
};
const depthOf = (json) => {
  let depth = 0;
  let deepest = 0;
  for (let i = 0, quoted = false; i < json.length; i++) {
    const character = json[i];
    if (character === '"') quoted = !quoted;
    else if (quoted && character === '\\') i++;
    else if (quoted) continue;
    else if (character === '[' || character === '{') deepest = max(deepest, ++depth);
    else if (character === ']' || character === '}') depth--;
  }
  return deepest;
};

// Returns the fields as JSON, without the brace at the end. Without a prototype, an object has no `toJSON` of user code.
const openJsonOf = (fields) => {
  const json = stringify({ __proto__: null, ...fields });
  if (hasMore(json, '[', DEPTH_MAX >> 1) || hasMore(json, '{', DEPTH_MAX >> 1)) {
    keepWithin('operation_depth', DEPTH_MAX, depthOf(json));
  }
  return json === '{}' ? '{' : `${slice(json, 0, -1)},`;
};

const post = (message, count) => {
  keepWithin('operation_message_characters', MESSAGE_CHARACTERS_MAX, message.length);
  keepWithin('operation_messages', MESSAGES_MAX, asked + count);
  keepWithin('operation_characters', CHARACTERS_MAX, askedCharacters + message.length);
  asked += count;
  askedCharacters += message.length;
  outbox[outbox.length] = message;
};

// Begins an operation, and returns its id. `onReply` gets the fields of each reply and its bytes, if it has any.
const begin = (kind, fields, onReply) => {
  const rest = openJsonOf(fields); // this may call user code, which may begin another
  const id = lastOperation + 1;
  post(`${rest}"kind":${stringify(kind)},"id":${id}}`, 2);
  lastOperation = id;
  operations[id] = onReply;
  pending++;
  return id;
};

// Sends more for an operation, or nothing if it has ended.
const send = (id, fields, bytes) => {
  if (operations[id] === undefined) return;
  const encoded = bytes === undefined ? '' : `"bytes":"${toBase64(bytes)}",`;
  post(`${openJsonOf(fields)}${encoded}"kind":"send","id":${id}}`, 1);
};

const forget = (id) => {
  if (operations[id] === undefined) return false;
  delete operations[id];
  pending--;
  return true;
};

const abandon = (id) => {
  if (forget(id)) outbox[outbox.length] = `{"kind":"abandon","id":${id}}`;
};

// Returns messages as lines, or undefined if there are none.
const handOut = () => {
  const from = outbox;
  if (from.length === 0) return undefined;
  let text = from[0];
  let i = 1;
  for (; i < from.length && text.length + from[i].length < HANDED_OUT; i++) text += `\n${from[i]}`;
  outbox = list();
  for (; i < from.length; i++) outbox[outbox.length] = from[i];
  return text;
};

// What parses a reply has a prototype that code may have changed.
const readFields = (length) => {
  const fields = parse(length > 0 ? asciiAt(REPLY_AT, length) : takeLarge('reply'));
  setPrototypeOf(fields, null);
  return fields;
};

// V8 does not count buffers that code has dropped: without a collection, all replies would stay in memory.
const COLLECT_AFTER = 524_288; // bytes
let uncollected = 0;
const readBytes = (length) => {
  if (length === 0) return undefined;
  uncollected += length;
  if (uncollected >= COLLECT_AFTER) {
    collectGarbage({ __proto__: null, type: 'minor' }); // a tenth of a millisecond
    uncollected = 0;
  }
  const bytes = new OriginalUint8Array(length);
  setView(bytes, new OriginalUint8Array(sharedMemory, REPLY_AT + FIELDS_BYTES, length));
  return bytes;
};

// Gives the reply that the worker wrote to what hears it.
const takeReply = () => {
  const id = requestNumbers[REPLY];
  const onReply = operations[id];
  if (onReply === undefined) {
    fromWorker.reply = '';
    return;
  }
  let fields;
  let bytes;
  try {
    fields = readFields(requestNumbers[REPLY_FIELDS]);
    bytes = readBytes(requestNumbers[REPLY_LENGTH]);
  } catch (thrown) { // for want of memory
    fail('exception', thrown);
    return;
  }
  if (requestNumbers[REPLY_ENDS] !== 0) forget(id);
  try {
    onReply(fields, bytes);
  } catch (thrown) {
    reportUncaught(thrown);
  }
};

return {
  __proto__: null, begin, send, abandon, pending: () => pending, hasMessages: () => outbox.length > 0, handOut, takeReply, end,
};
