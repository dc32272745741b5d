// Rings a user a few times, each time a little longer, then takes a message. In the evening it
// tries once; at night it does not ring at all, unless the caller is one of the family.
const ZONE = 'America/New_York';
const USER = '00000000000000000000000000000001'; // a user's id, for calls that name none
const VOICEMAIL = '00000000000000000000000000000002'; // a voicemail box's id
const FAMILY = ['+12025550123', '+12025550124'];
const ATTEMPTS = [ // from that hour on: for how many seconds to ring, time after time
  { from: 0, seconds: [] },
  { from: 7, seconds: [15, 20, 25] },
  { from: 19, seconds: [20] },
  { from: 22, seconds: [] },
];

const hour = Number(new Intl.DateTimeFormat('en-GB', {
  timeZone: ZONE, hour: '2-digit', hourCycle: 'h23',
}).format(new Date()));
const isFamily = FAMILY.includes(call['Caller-ID-Number']);
const { seconds } = isFamily ? ATTEMPTS[1] : ATTEMPTS.findLast(({ from }) => from <= hour);
const [id = USER] = [call['User-ID'] || []].flat(); // one id, or a list of them

// A callflow is built from its end: what comes last is the child of what comes before it.
const message = { module: 'voicemail', data: { action: 'compose', id: VOICEMAIL } };
return seconds.reduceRight(
  (next, timeout) => ({ module: 'user', data: { id, timeout }, children: { _: next } }),
  message,
);
