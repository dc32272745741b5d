// DER (X.690), as far as keys need it: tags of one byte, lengths of at most two, each in its shortest form, and
// everything read to its end. All else is a DataError.
const { Uint8Array, listOf, viewLength } = need('primordials');
const { refuse } = need('crypto_key');
const { concat, part } = need('crypto_bytes');

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const SEQUENCE = 0x30;

const broken = () => refuse('DataError', 'the key is not valid DER');

// A reader is a range of bytes, of which it has read those before `at`.
const readerOf = (bytes) => ({ __proto__: null, bytes, at: 0, end: viewLength(bytes) });

const byte = (reader) => (reader.at < reader.end ? reader.bytes[reader.at++] : broken());

const hasMore = (reader) => reader.at < reader.end;

// Returns the tag that is next, or -1 at the end.
const nextTag = (reader) => (hasMore(reader) ? reader.bytes[reader.at] : -1);

const lengthOf = (reader) => {
  const first = byte(reader);
  if (first < 0x80) return first;
  if (first === 0x81) {
    const length = byte(reader);
    return length < 0x80 ? broken() : length;
  }
  if (first !== 0x82) return broken();
  const length = byte(reader) * 256 + byte(reader);
  return length < 0x100 ? broken() : length;
};

// Returns a reader of the content of the next value.
const enter = (reader, tag) => {
  if (byte(reader) !== tag) broken();
  const length = lengthOf(reader);
  const at = reader.at;
  if (length > reader.end - at) broken();
  reader.at += length;
  return { __proto__: null, bytes: reader.bytes, at, end: at + length };
};

const leave = (reader) => {
  if (hasMore(reader)) broken();
};

// Returns a copy of what is left, and has then read it.
const rest = (reader) => {
  const bytes = part(reader.bytes, reader.at, reader.end);
  reader.at = reader.end;
  return bytes;
};

const readOctets = (reader) => rest(enter(reader, OCTET_STRING));

const readBits = (reader, tag = BIT_STRING) => {
  const content = enter(reader, tag);
  if (byte(content) !== 0) broken(); // bits that are not used
  return rest(content);
};

// Returns the bytes of a number that is not negative, without leading zeros but of zero itself.
const readUnsigned = (reader) => {
  const content = enter(reader, INTEGER);
  const first = byte(content);
  if (first >= 0x80) broken();
  if (!hasMore(content)) return rest({ __proto__: null, ...content, at: content.at - 1 });
  if (first !== 0) content.at--;
  else if (content.bytes[content.at] < 0x80) broken();
  return rest(content);
};

const readSmall = (reader) => {
  const bytes = readUnsigned(reader);
  return viewLength(bytes) === 1 ? bytes[0] : broken();
};

const bytesFrom = (values) => {
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) bytes[i] = values[i];
  return bytes;
};
const bytesOf = (...values) => bytesFrom(values);

// Returns one value with its tag and length; `parts` are its content, of less than 64 KiB.
const write = (tag, ...parts) => {
  const content = concat(parts);
  const length = viewLength(content);
  const head = length < 0x80 ? bytesOf(tag, length)
    : length < 0x100 ? bytesOf(tag, 0x81, length) : bytesOf(tag, 0x82, length >> 8, length & 255);
  return concat(listOf(head, content));
};

// A public key with its algorithm, SubjectPublicKeyInfo (RFC 5280). `algorithm` is the DER of an AlgorithmIdentifier,
// which has one form only, so that its bytes are compared.
const isAlgorithm = (reader, algorithm) => {
  const { at } = reader;
  const content = enter(reader, SEQUENCE);
  content.at = at;
  const found = rest(content);
  if (viewLength(found) !== viewLength(algorithm)) return false;
  for (let i = 0; i < viewLength(found); i++) if (found[i] !== algorithm[i]) return false;
  return true;
};

const requireAlgorithm = (reader, algorithm) => {
  if (!isAlgorithm(reader, algorithm)) refuse('DataError', 'the key is of another algorithm');
};

// Returns the bytes of the key itself.
const readPublic = (bytes, algorithm) => {
  const whole = readerOf(bytes);
  const info = enter(whole, SEQUENCE);
  leave(whole);
  requireAlgorithm(info, algorithm);
  const key = readBits(info);
  leave(info);
  return key;
};

const writePublic = (algorithm, key) => write(SEQUENCE, algorithm, write(BIT_STRING, bytesOf(0), key));

// A private key with its algorithm, OneAsymmetricKey (RFC 5958), of which PrivateKeyInfo (RFC 5208) is version 0.
// Attributes and the public key, which may follow, are not used.
const ATTRIBUTES = 0xa0;
const PUBLIC_KEY = 0x81;
const readPrivate = (bytes, algorithm) => {
  const whole = readerOf(bytes);
  const info = enter(whole, SEQUENCE);
  leave(whole);
  const version = readSmall(info);
  if (version > 1) broken();
  requireAlgorithm(info, algorithm);
  const key = readOctets(info);
  if (nextTag(info) === ATTRIBUTES) enter(info, ATTRIBUTES);
  if (version === 1 && nextTag(info) === PUBLIC_KEY) readBits(info, PUBLIC_KEY);
  leave(info);
  return key;
};

const writePrivate = (algorithm, key) =>
  write(SEQUENCE, write(INTEGER, bytesOf(0)), algorithm, write(OCTET_STRING, key));

// Returns the DER of a number given by its bytes.
const writeUnsigned = (bytes) => {
  let zeros = 0;
  while (zeros < viewLength(bytes) - 1 && bytes[zeros] === 0) zeros++;
  const shortest = part(bytes, zeros, viewLength(bytes));
  return shortest[0] >= 0x80 ? write(INTEGER, bytesOf(0), shortest) : write(INTEGER, shortest);
};

return {
  __proto__: null,
  BIT_STRING,
  INTEGER,
  OCTET_STRING,
  SEQUENCE,
  broken,
  bytesFrom,
  bytesOf,
  enter,
  leave,
  nextTag,
  readBits,
  readOctets,
  readPrivate,
  readPublic,
  readSmall,
  readUnsigned,
  readerOf,
  rest,
  write,
  writePrivate,
  writePublic,
  writeUnsigned,
};
