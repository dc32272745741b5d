// URLPattern (WHATWG URL Pattern), which is a library's.
const { getter } = need('primordials');
const { defineInterface } = need('webidl');
const { URLPattern } = need('vendor/url_pattern');

const COMPONENTS = {
  __proto__: null, protocol: 0, username: 0, password: 0, hostname: 0, port: 0, pathname: 0, search: 0, hash: 0,
};
for (const name in COMPONENTS) COMPONENTS[name] = getter(URLPattern.prototype, name);
const fieldsOf = (pattern) => {
  const fields = { __proto__: null };
  for (const name in COMPONENTS) fields[name] = COMPONENTS[name](pattern);
  return fields;
};
defineInterface(URLPattern, { __proto__: null, fieldsOf });

return { __proto__: null, URLPattern };
