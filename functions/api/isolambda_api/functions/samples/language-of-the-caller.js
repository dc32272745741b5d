// Speaks the caller's language: the one that their country speaks or, of a number that tells no
// country, the one that the call asks for. From there on Kazoo plays its prompts in it.
const MENUS = { // a menu's id for each language that you speak; the first is for everybody else
  'en-us': '00000000000000000000000000000001',
  'de-de': '00000000000000000000000000000002',
  'fr-fr': '00000000000000000000000000000003',
  'lt-lt': '00000000000000000000000000000004',
};
const COUNTRIES = { // the first digits of a number; the longest that fits decides
  1: 'en-us', 1514: 'fr-fr', 33: 'fr-fr', 352: 'fr-fr',
  370: 'lt-lt', 41: 'de-de', 4122: 'fr-fr', 43: 'de-de', 44: 'en-us', 49: 'de-de',
};

const spoken = Object.keys(MENUS);

// Only a number that begins with + or 00 tells its country.
const [, digits = ''] = String(call['Caller-ID-Number'] || '')
  .replace(/[^\d+]/g, '')
  .match(/^(?:\+|00)(\d+)$/) || [];
const [prefix] = Object.keys(COUNTRIES)
  .filter((candidate) => digits.startsWith(candidate))
  .sort((one, other) => other.length - one.length);

// 'de', 'de-AT' and 'de_DE' all ask for the German that is spoken here.
const wanted = String(call.Language || '').toLowerCase().slice(0, 2);
const asked = spoken.find((language) => wanted.length === 2 && language.startsWith(wanted));
const language = COUNTRIES[prefix] || asked || spoken[0];

return {
  module: 'language',
  data: { language },
  children: {
    _: { module: 'menu', data: { id: MENUS[language] } },
  },
};
