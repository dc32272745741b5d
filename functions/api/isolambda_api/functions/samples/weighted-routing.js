// Shares calls out by weight: of a hundred calls about seventy go to the first team, twenty to the
// second, and ten to the new one. A call stays on its route, however often it is asked for.
const ROUTES = [ // queue: a queue's id
  { weight: 70, queue: '00000000000000000000000000000001' },
  { weight: 20, queue: '00000000000000000000000000000002' },
  { weight: 10, queue: '00000000000000000000000000000003' },
];
const OVERFLOW_VOICEMAIL = '00000000000000000000000000000004'; // a voicemail box's id

// FNV-1a: a small hash that spreads alike ids well. The same id always gives the same number.
// To keep a caller rather than a call on one route, hash call['Caller-ID-Number'] instead.
let hash = 0x811c9dc5;
for (const character of String(call['Call-ID'] || '')) {
  hash = Math.imul(hash ^ character.codePointAt(0), 0x01000193) >>> 0;
}

const total = ROUTES.reduce((sum, { weight }) => sum + weight, 0);
let left = hash % total;
const route = ROUTES.find(({ weight }) => (left -= weight) < 0);

return {
  module: 'acdc_member',
  data: { id: route.queue },
  children: { // when no member of that team can answer
    _: { module: 'voicemail', data: { action: 'compose', id: OVERFLOW_VOICEMAIL } },
  },
};
