// QuotaExceededError (Web IDL 2.8.3).
const { RangeError } = need('primordials');
const { defineInterface, member, toDictionary, toDouble } = need('webidl');
const { DOMException } = need('dom_exception');

const OPTIONS = { __proto__: null, quota: member(toDouble), requested: member(toDouble) };

class QuotaExceededError extends DOMException {
  #quota;
  #requested;

  constructor(message = '', options = undefined) {
    super(message, 'QuotaExceededError');
    const { quota = null, requested = null } = toDictionary(options, OPTIONS);
    if (quota < 0 || requested < 0) throw new RangeError('a quota, and what is requested, must not be negative');
    if (quota !== null && requested !== null && requested < quota) {
      throw new RangeError('what is requested is within the quota');
    }
    this.#quota = quota;
    this.#requested = requested;
  }

  get quota() { return this.#quota; }
  get requested() { return this.#requested; }
}
defineInterface(QuotaExceededError);

return { __proto__: null, QuotaExceededError };
