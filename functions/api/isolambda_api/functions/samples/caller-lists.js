// Turns blocked callers away, puts very important ones through to their manager, lets those on the
// allow list through to the office, and sends everybody else through the menu.
const MANAGER_USER = '00000000000000000000000000000001'; // a user's id
const OFFICE_USER = '00000000000000000000000000000002'; // a user's id
const MENU = '00000000000000000000000000000003'; // a menu's id
// Numbers begin with + and the country; one that ends with * stands for all that begin so.
const BLOCKED = ['+12025550199', '+1900*'];
const VIP = ['+442079460001'];
const ALLOWED = ['+44207946*', '+12025550123'];

// Carriers write numbers with spaces or dots, and the country after +, after 00, or after nothing.
const number = String(call['Caller-ID-Number'] || '')
  .replace(/[^\d+]/g, '')
  .replace(/^(?:00)?(?=\d)/, '+');
const isOn = (list) => list.some((entry) => (
  entry.endsWith('*') ? number.startsWith(entry.slice(0, -1)) : number === entry
));

if (isOn(BLOCKED)) {
  return { module: 'response', data: { code: 603, message: 'Decline' } };
}
if (isOn(VIP)) {
  return {
    module: 'prepend_cid', // so the manager's phone shows who it is
    data: { action: 'prepend', caller_id_name_prefix: 'VIP ' },
    children: {
      _: { module: 'user', data: { id: MANAGER_USER, timeout: 30 } },
    },
  };
}
if (isOn(ALLOWED)) return { module: 'user', data: { id: OFFICE_USER, timeout: 20 } };
return { module: 'menu', data: { id: MENU } }; // and callers who withhold their number
