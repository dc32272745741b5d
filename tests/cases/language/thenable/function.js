return {then(resolve) { resolve(7); }};
