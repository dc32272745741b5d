// The numbers of RSA (RFC 8017, section 5): keys, and what is done with them. The time that V8's big integers take
// depends on their values. So what a private key works on is blinded: who measures it sees random values only.
const { BigInt, bigIntToString, ceil, charCodeAt, fromHex, list, padStart, toHex, viewLength } =
  need('primordials');
const { refuse } = need('crypto_key');
const { randomBytes } = need('random');
const { RSA_EXPONENT_BITS, RSA_LEAST_BITS, RSA_MOST_BITS } = need('crypto_limits');

const numberOf = (bytes) => (viewLength(bytes) === 0 ? 0n : BigInt(`0x${toHex(bytes)}`));

// Returns a number that is not negative as bytes, with zeros before it if it is shorter than `length`.
const bytesOf = (number, length = 1) => {
  const hex = bigIntToString(number, 16);
  return fromHex(padStart(hex, 2 * (length > hex.length / 2 ? length : ceil(hex.length / 2)), '0'));
};

const bitsOf = (number) => (number === 0n ? 0 : bigIntToString(number, 2).length);

// Returns base ** exponent modulo modulus, four bits of the exponent at a time.
const power = (base, exponent, modulus) => {
  const powers = list();
  powers[0] = 1n;
  for (let i = 1; i < 16; i++) powers[i] = (powers[i - 1] * base) % modulus;
  const digits = bigIntToString(exponent, 16);
  let result = 1n;
  for (let i = 0; i < digits.length; i++) {
    if (i > 0) for (let k = 0; k < 4; k++) result = (result * result) % modulus;
    const code = charCodeAt(digits, i);
    result = (result * powers[code < 58 ? code - 48 : code - 87]) % modulus;
  }
  return result % modulus;
};

// Returns the inverse of a number, or undefined if it has none.
const inverse = (number, modulus) => {
  let rest = modulus;
  let divisor = number % modulus;
  let before = 0n;
  let factor = 1n;
  while (divisor > 0n) {
    const quotient = rest / divisor;
    const nextDivisor = rest - quotient * divisor;
    rest = divisor;
    divisor = nextDivisor;
    const nextFactor = before - quotient * factor;
    before = factor;
    factor = nextFactor;
  }
  if (rest !== 1n) return undefined;
  return before < 0n ? before + modulus : before;
};

const invalid = (message) => refuse('DataError', message);

// Checks a public key, all numbers of which may come from an attacker; `fail` throws.
const checkPublic = ({ n, e }, fail = invalid) => {
  const bits = bitsOf(n);
  if (bits < RSA_LEAST_BITS || bits > RSA_MOST_BITS) {
    fail(`a modulus has ${RSA_LEAST_BITS} to ${RSA_MOST_BITS} bits, not ${bits}`);
  }
  if (n % 2n === 0n) fail('the modulus is even');
  checkExponent(e, fail);
};

const checkExponent = (e, fail) => {
  if (e < 3n || e % 2n === 0n) fail('the public exponent must be odd, and at least 3');
  if (bitsOf(e) > RSA_EXPONENT_BITS) fail(`the public exponent has more than ${RSA_EXPONENT_BITS} bits`);
};

// Checks that the numbers of a private key belong together. Whether `p` and `q` are primes would take too long; with
// others no operation succeeds.
const checkPrivate = (key) => {
  checkPublic(key);
  const { n, e, d, p, q, dp, dq, qi } = key;
  if (p < 3n || q < 3n || p === q || p * q !== n) invalid('the modulus is not the product of the primes');
  if (d >= n || dp !== d % (p - 1n) || dq !== d % (q - 1n)) invalid('the private exponents do not belong together');
  if ((e * dp) % (p - 1n) !== 1n || (e * dq) % (q - 1n) !== 1n) invalid('the exponents do not belong together');
  if (qi >= p || (qi * q) % p !== 1n) invalid('the coefficient does not belong to the primes');
};

const publicPower = ({ n, e }, number) => power(number, e, n);

// Returns random factors that hide a number before, and show it after, it is raised to the private exponent.
const blindingOf = (key) => {
  const length = bytesOf(key.n).length;
  for (;;) {
    const hidden = numberOf(randomBytes(length)) % key.n;
    const shown = inverse(hidden, key.n);
    if (shown !== undefined) return { __proto__: null, hide: publicPower(key, hidden), show: shown };
  }
};

// Returns number ** d modulo n.
const privatePower = (key, number) => {
  const { n, p, q, dp, dq, qi } = key;
  const { hide, show } = key.blinding ?? blindingOf(key);
  key.blinding = { __proto__: null, hide: (hide * hide) % n, show: (show * show) % n }; // for the next number
  const hidden = (number * hide) % n;
  const atP = power(hidden % p, dp, p);
  const atQ = power(hidden % q, dq, q);
  const difference = ((atP - atQ) % p + p) % p;
  const result = ((atQ + ((difference * qi) % p) * q) * show) % n;
  // A wrong result can give the primes away.
  if (publicPower(key, result) !== number) refuse('OperationError', 'the private key is not valid');
  return result;
};

return {
  __proto__: null, bitsOf, bytesOf, checkExponent, checkPrivate, checkPublic, inverse, numberOf, power, privatePower,
  publicPower,
};
