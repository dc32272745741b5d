// Greets callers by the holiday and offers the holiday menu; on any other day, the office's menu.
const ZONE = 'Europe/Berlin';
const OFFICE_MENU = '00000000000000000000000000000001'; // a menu's id
const HOLIDAY_MENU = '00000000000000000000000000000002'; // a menu's id
const EVERY_YEAR = { // month-day
  '01-01': "New Year's Day",
  '05-01': 'Labour Day',
  '12-25': 'Christmas Day',
  '12-26': 'Boxing Day',
};
const DAYS_FROM_EASTER = {
  '-2': 'Good Friday', 1: 'Easter Monday', 39: 'Ascension Day', 50: 'Whit Monday',
};
const ONCE = { '2026-12-28': 'our yearly stocktaking' }; // year-month-day

// Easter Sunday of the Gregorian calendar, by the rule of Meeus, Jones and Butcher; a day in UTC.
const whole = Math.floor;
const easter = (year) => {
  const century = whole(year / 100);
  const decade = year % 100;
  const drift = whole(century / 4) + whole((century - whole((century + 8) / 25) + 1) / 3);
  const moon = (19 * (year % 19) + century - drift + 15) % 30;
  const sunday = (32 + 2 * (century % 4) + 2 * whole(decade / 4) - moon - (decade % 4)) % 7;
  const late = whole(((year % 19) + 11 * moon + 22 * sunday) / 451);
  return Date.UTC(year, 2, 22 + moon + sunday - 7 * late); // days from the beginning of March
};

const today = new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE }).format(new Date()); // 2026-11-22
const sinceEaster = (Date.parse(today) - easter(Number(today.slice(0, 4)))) / 86_400_000;
const holiday = ONCE[today] || EVERY_YEAR[today.slice(5)] || DAYS_FROM_EASTER[sinceEaster];

if (!holiday) return { module: 'menu', data: { id: OFFICE_MENU } };
return {
  module: 'tts',
  data: { text: `We are closed today for ${holiday}.` },
  children: {
    _: { module: 'menu', data: { id: HOLIDAY_MENU } },
  },
};
