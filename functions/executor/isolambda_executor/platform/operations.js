// Operations of the trusted side: how chunks ask for them, and what their errors become.
const { Promise, toBase64 } = need('primordials');

// Returns an object's own properties. What a reply holds is parsed JSON, and code may have changed its prototype.
const bare = (value) => ({ __proto__: null, ...value });

// Returns an error that says what a reply's says.
const errorOf = (Kind, error) => {
  const { message, ...cause } = bare(error);
  return new Kind(message, { __proto__: null, cause });
};

// Begins an operation; `bytes` can be undefined. `onReply` gets the fields of each reply, and its bytes.
const begin = (kind, fields, bytes, onReply) =>
  host.begin(kind, bytes === undefined ? fields : { __proto__: null, ...fields, bytes: toBase64(bytes) }, onReply);

// Returns a promise of the one reply to an operation, which is `{ fields, bytes }`. It rejects with a `Kind` of error.
const ask = (kind, fields, bytes, Kind) => new Promise((resolve, reject) => {
  begin(kind, fields, bytes, (reply, content) => {
    if (reply.error !== undefined) reject(errorOf(Kind, reply.error));
    else resolve({ __proto__: null, fields: reply, bytes: content });
  });
});

return { __proto__: null, ask, bare, begin, errorOf };
