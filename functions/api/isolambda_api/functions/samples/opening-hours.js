// Rings reception in opening hours, by the office's own clock; at lunch and when the office is
// closed, or when there is no answer, says so and takes a message.
const ZONE = 'Europe/London';
const RECEPTION_USER = '00000000000000000000000000000001'; // a user's id
const OFFICE_VOICEMAIL = '00000000000000000000000000000002'; // a voicemail box's id
const HOURS = { // from, to; a day that is not named is closed
  Mon: ['09:00', '17:30'],
  Tue: ['09:00', '17:30'],
  Wed: ['09:00', '17:30'],
  Thu: ['09:00', '17:30'],
  Fri: ['09:00', '16:00'],
};
const LUNCH = ['12:30', '13:15'];

// Summer time is Intl's care: the same code is right all the year.
const parts = new Intl.DateTimeFormat('en-GB', {
  timeZone: ZONE, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
}).formatToParts(new Date());
const now = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
const time = `${now.hour}:${now.minute}`; // two digits each, so times compare as text
const within = ([from, to]) => from <= time && time < to;

const takeMessage = (reason) => ({
  module: 'tts',
  data: { text: `${reason} Please leave a message after the tone.` },
  children: {
    _: { module: 'voicemail', data: { action: 'compose', id: OFFICE_VOICEMAIL } },
  },
});

const hours = HOURS[now.weekday];
if (!hours || !within(hours)) return takeMessage('Our office is closed.');
if (within(LUNCH)) return takeMessage(`We are at lunch until ${LUNCH[1]}.`);
return {
  module: 'user',
  data: { id: RECEPTION_USER, timeout: 25 },
  children: { _: takeMessage('Everybody is on the phone.') },
};
