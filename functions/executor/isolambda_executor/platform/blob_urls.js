// The URLs of blobs (W3C File API, 8), which last as long as the isolate unless they are revoked.
const { Map, Uint8Array, mapDelete, mapGet, mapSet, slice } = need('primordials');
const { serializeUrl } = need('url_parser');

const blobs = new Map();

const HEX = '0123456789abcdef';
// Returns a random UUID (RFC 9562, version 4).
const randomUuid = () => {
  const bytes = new Uint8Array(16);
  host.random(bytes);
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  let text = '';
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-';
    text += HEX[bytes[i] >> 4] + HEX[bytes[i] & 15];
  }
  return text;
};

const createBlobUrl = (blob) => {
  const text = `blob:null/${randomUuid()}`;
  mapSet(blobs, text, blob);
  return text;
};

const revokeBlobUrl = (url) => mapDelete(blobs, serializeUrl(url));

// Returns the blob that a parsed URL names, whatever its fragment, or undefined.
const blobOfUrl = (url) => mapGet(blobs, serializeUrl(url, false));

return { __proto__: null, blobOfUrl, createBlobUrl, revokeBlobUrl };
