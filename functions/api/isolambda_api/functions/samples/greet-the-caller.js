// Greets the caller by the name that the phone shows, then rings the user that they called.
const RECEPTION_USER = '00000000000000000000000000000001'; // a user's id, for all other calls

// The name comes from outside, so it is cut: what is spoken may have 1000 characters.
const name = String(call['Caller-ID-Name'] || '').trim().slice(0, 80);
const greeting = name ? `Hello ${name}.` : 'Hello.';

// The id of one user, or a list of them when a device is shared.
const [user = RECEPTION_USER] = [call['User-ID'] || []].flat();

return {
  module: 'tts',
  data: { text: `${greeting} One moment, please.` },
  children: {
    _: { module: 'user', data: { id: user, timeout: 20 } },
  },
};
