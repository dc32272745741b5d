// URLPattern (WHATWG URL Pattern), which is a library's.
const { defineInterface } = need('webidl');
const { URLPattern } = need('vendor/url_pattern');

defineInterface(URLPattern);

return { __proto__: null, URLPattern };
