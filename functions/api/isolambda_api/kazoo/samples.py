"""Functions to start from (Kx: priv/functions_javascript-samples.json, spelled properly)."""

from isolambda_core.domain.functions import Document

_GREETING = """\
// Greets whoever calls by the name that the phone shows, then rings the user they asked for.
const name = call['Caller-ID-Name'] || 'there';
return {
  module: 'tts',
  data: { text: `Hello ${name}.` },
  children: {
    _: { module: 'user', data: { id: call['User-ID'] } },
  },
};
"""

_OPENING_HOURS = """\
// Answers between nine and five (UTC) on weekdays, and takes a message the rest of the time.
const now = new Date();
const weekday = now.getUTCDay() >= 1 && now.getUTCDay() <= 5;
const open = weekday && now.getUTCHours() >= 9 && now.getUTCHours() < 17;
const text = open ? 'One moment, please.' : 'We are closed. Please leave a message.';
return { module: 'tts', data: { text } };
"""

SAMPLES: tuple[Document, ...] = (
    {
        "name": "Greet the caller",
        "function_js": _GREETING,
        "enabled": True,
        "language_pack": "javascript",
    },
    {
        "name": "Opening hours",
        "function_js": _OPENING_HOURS,
        "enabled": True,
        "language_pack": "javascript",
    },
)
