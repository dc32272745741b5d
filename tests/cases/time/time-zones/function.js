const at = (time) => Temporal.ZonedDateTime.from(time);
const shown = (zone, date) => new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeStyle: 'short' }).format(new Date(date));
return [
  at('2026-03-29T03:30[Europe/Vilnius]').toString(),
  at('2026-10-25T03:30[Europe/Vilnius]').toString(),
  shown('America/Asuncion', '2026-07-01T12:00Z'),
  shown('Europe/Kyiv', '2026-07-01T12:00Z'),
  shown('Australia/Lord_Howe', '2026-01-01T00:00Z'),
];
