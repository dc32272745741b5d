// The table of UTS #46 as tr46 looks in it: entries [[first, last], status, mapping] for all code points, in order.
// To make all 9,000 takes longer than all else, so each is made when it is looked at. build.mjs says what is packed.
const { lengths, statuses, mappings, mappingLengths } = packed;
const SPACE = 32;
const TILDE = 126;
const firsts = new Uint32Array(statuses.length + 1);
const places = new Uint16Array(statuses.length + 1); // of mappings
for (let i = 0, at = 0; i < statuses.length; i++) {
  let length = lengths.charCodeAt(at++) - SPACE;
  if (length === TILDE - SPACE) {
    length = +lengths.slice(at, at + 6);
    at += 6;
  }
  firsts[i + 1] = firsts[i] + length;
  places[i + 1] = places[i] + mappingLengths.charCodeAt(i) - SPACE;
}

const entry = (i) => [
  [firsts[i], firsts[i + 1] - 1], +statuses[i], mappings.slice(places[i], places[i + 1]),
];

module.exports = new Proxy(Object.create(null), {
  __proto__: null,
  get: (_, name) => (name === 'length' ? statuses.length : entry(+name)),
});
