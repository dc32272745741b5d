// Shows what a function gets of a call: sends every key of it to a web address of yours, says
// how many there were, and ends the call. Put it behind a test number, not in front of customers.
const DEBUG_URI = 'https://example.com/kazoo-debug'; // a web address of yours
const KEYS = 50; // at most, and the length of each value
const CHARACTERS = 200;
const SECRET = /auth|cookie|digits|passw|pin|secret|token/i; // of such keys the name alone is sent

const asText = (value) => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > CHARACTERS ? `${text.slice(0, CHARACTERS)}…` : text;
};

// In a real Kazoo every value is a string, and `Custom-SIP-Headers[x]` is a key of its own; other
// ways to execute a function may nest them, and then what is inside is looked at just the same.
const hide = (key, value) => (SECRET.test(key) ? '(hidden)' : value);
const keys = Object.keys(call).sort();
const shown = Object.fromEntries(keys.slice(0, KEYS).map((key) => (
  [key, asText(hide(key, JSON.parse(JSON.stringify(call[key], hide))))]
)));

console.log(shown); // the same, in the logs of the execution

return {
  module: 'webhook',
  data: { http_verb: 'post', uri: DEBUG_URI, retries: 1, custom_data: shown },
  children: {
    _: {
      module: 'tts',
      data: { text: `This call has ${keys.length} keys. They were sent to you. Goodbye.` },
      children: { _: { module: 'hangup', data: {} } },
    },
  },
};
