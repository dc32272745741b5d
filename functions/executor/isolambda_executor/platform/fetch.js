// fetch (WHATWG Fetch, 5.6): executions have no network.
const { TypeError } = need('primordials');

// Its length is 1, for the input.
const fetch = async (input) => {
  throw new TypeError('fetch is not available here');
};

return { __proto__: null, fetch };
