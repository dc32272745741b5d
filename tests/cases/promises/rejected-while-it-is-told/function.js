const reject = (n) => Promise.reject({get [Symbol.toStringTag]() { return reject(n + 1); }});
class Rejecting extends Error {
  get name() { return reject(0) && 'Rejecting'; }
}
Promise.reject(new Rejecting('first'));
return 'done';
