// HMAC under a secret of the function. The isolate has its placeholder alone: the trusted side computes the MAC.
const { ask } = need('operations');
const { DOMException } = need('dom_exception');

const OperationError = function (message) {
  return new DOMException(message, 'OperationError');
};

// Returns a promise of what has the `bytes` of the MAC. The data is read before it returns.
const sealedMac = (hash, key, data) => ask('sign', { __proto__: null, hash, key }, data, OperationError);

return { __proto__: null, sealedMac };
