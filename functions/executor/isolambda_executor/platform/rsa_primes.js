// Primes for RSA (FIPS 186-5, appendices A.1.3 and B.3.1).
const { BigInt, Number, Uint8Array, ceil, list } = need('primordials');
const { refuse } = need('crypto_key');
const { randomBytes } = need('random');
const { bitsOf, checkExponent, inverse, numberOf, power } = need('rsa_numbers');
const { RSA_LEAST_BITS, RSA_MOST_GENERATED_BITS } = need('crypto_limits');

const SIEVED = 4096; // candidates are divided by all primes below
const ROUNDS = 8; // of the test of Miller and Rabin; the standard asks for 7 at most

const smallPrimes = list();
const isComposite = new Uint8Array(SIEVED);
for (let i = 3; i < SIEVED; i += 2) {
  if (isComposite[i]) continue;
  smallPrimes[smallPrimes.length] = i;
  for (let k = i * i; k < SIEVED; k += 2 * i) isComposite[k] = 1;
}

const randomOfBits = (bits) => numberOf(randomBytes(ceil(bits / 8))) % (1n << BigInt(bits));

const isProbablyPrime = (number, bits) => {
  const least = number - 1n;
  let odd = least;
  let twos = 0;
  while (odd % 2n === 0n) {
    odd /= 2n;
    twos++;
  }
  for (let round = 0; round < ROUNDS; round++) {
    const base = 2n + randomOfBits(bits) % (number - 3n);
    let value = power(base, odd, number);
    if (value === 1n || value === least) continue;
    for (let i = 1; i < twos && value !== least; i++) value = (value * value) % number;
    if (value !== least) return false;
  }
  return true;
};

// Returns a random prime of so many bits, of which the first two are set, with an inverse of `e` modulo it less one.
const primeOf = (bits, e) => {
  const rests = list();
  for (;;) {
    const start = randomOfBits(bits) | (3n << BigInt(bits - 2)) | 1n;
    for (let i = 0; i < smallPrimes.length; i++) rests[i] = Number(start % BigInt(smallPrimes[i]));
    // Each try begins at another random number, so that primes after a long gap are not much more likely.
    for (let added = 0; added < bits; added += 2) {
      let divides = false;
      for (let i = 0; i < smallPrimes.length && !divides; i++) divides = (rests[i] + added) % smallPrimes[i] === 0;
      if (divides) continue;
      const prime = start + BigInt(added);
      if (bitsOf(prime) !== bits) break;
      if (inverse(e, prime - 1n) !== undefined && isProbablyPrime(prime, bits)) return prime;
    }
  }
};

const fail = (message) => refuse('OperationError', message);

const generate = (bits, e) => {
  if (bits < RSA_LEAST_BITS || bits > RSA_MOST_GENERATED_BITS) {
    fail(`keys of ${RSA_LEAST_BITS} to ${RSA_MOST_GENERATED_BITS} bits can be made, not of ${bits}`);
  }
  checkExponent(e, fail);
  const half = ceil(bits / 2);
  for (;;) {
    const p = primeOf(half, e);
    const q = primeOf(bits - half, e);
    const distance = p > q ? p - q : q - p;
    if (bitsOf(distance) <= half - 100) continue;
    const d = inverse(e, (p - 1n) * (q - 1n));
    return {
      __proto__: null, n: p * q, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p),
    };
  }
};

return { __proto__: null, generate };
