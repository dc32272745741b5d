// Unpacks what build.mjs packs: entries [[first, last], status, mapping] for all code points, in order.
const each = lengths.split(',');
const mapped = mappings.split('\n');
const MAPPED = '1';
const DEVIATION = '6';
const entries = [];
let first = 0;
let next = 0;
for (let i = 0; i < statuses.length; i += 1) {
  const status = statuses[i];
  const last = first + (each[i] === '' ? 1 : Number.parseInt(each[i], 36)) - 1;
  const range = first === last ? first : [first, last];
  entries.push(status === MAPPED || status === DEVIATION ? [range, +status, mapped[next++]] : [range, +status]);
  first = last + 1;
}
module.exports = entries;
