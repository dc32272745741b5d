// Looks the caller up by number: shows the name that you know them by to the person who answers,
// and queues them where they belong. Unknown callers wait in the general queue.
const COUNTRY = '44'; // of numbers written without one
const GENERAL_QUEUE = '00000000000000000000000000000001'; // a queue's id
const SALES_QUEUE = '00000000000000000000000000000002'; // a queue's id
const SUPPORT_QUEUE = '00000000000000000000000000000003'; // a queue's id
const DIRECTORY = { // in E.164: + and the country, digits alone
  '+442079460001': { name: 'Acme Ltd', queue: SALES_QUEUE, priority: 10 },
  '+442079460002': { name: 'Ada Lovelace', queue: SUPPORT_QUEUE, priority: 5 },
};

// +44 (0)20 7946 0001, 0044 20 7946 0001, 020 7946 0001 and 442079460001 are one number.
const toE164 = (written) => {
  const digits = written.replace('(0)', '').replace(/[^\d+]/g, '');
  const e164 = digits
    .replace(/^00/, '+')
    .replace(/^0/, `+${COUNTRY}`)
    .replace(/^(?=\d)/, '+');
  return /^\+[1-9]\d{6,14}$/.test(e164) ? e164 : null; // null: short, withheld, or no number
};

const number = toE164(String(call['Caller-ID-Number'] || ''));
const known = number && DIRECTORY[number];

if (!known) return { module: 'acdc_member', data: { id: GENERAL_QUEUE, priority: 1 } };
return {
  module: 'set_cid',
  data: { caller_id_name: known.name, caller_id_number: number },
  children: {
    _: { module: 'acdc_member', data: { id: known.queue, priority: known.priority } },
  },
};
