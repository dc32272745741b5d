Error.prepareStackTrace = (_, sites) => sites.map((site) => [typeof site.getFunction(), typeof site.getThis(), /entry_[0-9a-f]{32}/.test(String(site))]);
const told = new Error().stack;
return told.every(([f, t, leak]) => !leak);
