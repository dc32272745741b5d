// Crypto (Web Cryptography API 10): random values. What needs more, `subtle`, is a chunk of its own.
const { isView, slice, toHex, viewBytes, viewKind } = need('primordials');
const { defineInterface, illegalConstructor, requireArguments, toBufferSource } = need('webidl');
const { DOMException } = need('dom_exception');
const { fillRandom, randomBytes } = need('random');

const RANDOM_BYTES = 65536; // of one call, says the standard

const INTEGER_KINDS = {
  __proto__: null,
  BigInt64Array: true,
  BigUint64Array: true,
  Int16Array: true,
  Int32Array: true,
  Int8Array: true,
  Uint16Array: true,
  Uint32Array: true,
  Uint8Array: true,
  Uint8ClampedArray: true,
};

let isMaking = false;
class Crypto {
  #brand;

  constructor() {
    if (!isMaking) illegalConstructor();
  }

  get subtle() {
    this.#brand;
    return need('crypto_subtle').subtle;
  }

  getRandomValues(array) {
    this.#brand;
    requireArguments(arguments.length, 1, "Failed to execute 'getRandomValues' on 'Crypto'");
    const bytes = toBufferSource(array);
    if (!isView(array) || !(viewKind(array) in INTEGER_KINDS)) {
      throw new DOMException('the value is not an array of integers', 'TypeMismatchError');
    }
    if (viewBytes(bytes) > RANDOM_BYTES) {
      const { QuotaExceededError } = need('quota_exceeded_error');
      throw new QuotaExceededError(`at most ${RANDOM_BYTES} bytes at a time, not ${viewBytes(bytes)}`);
    }
    fillRandom(bytes);
    return array;
  }

  randomUUID() {
    this.#brand;
    const bytes = randomBytes(16);
    bytes[6] = (bytes[6] & 0x0f) | 0x40; // version 4
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = toHex(bytes);
    return `${slice(hex, 0, 8)}-${slice(hex, 8, 12)}-${slice(hex, 12, 16)}-${slice(hex, 16, 20)}-${slice(hex, 20)}`;
  }
}
defineInterface(Crypto);
isMaking = true;
const crypto = new Crypto();
isMaking = false;

return { __proto__: null, Crypto, crypto };
