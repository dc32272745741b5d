return {toJSON: () => new Array(2 ** 31)};
