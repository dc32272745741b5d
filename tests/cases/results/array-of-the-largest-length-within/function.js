return {a: [new Array(2 ** 32 - 1)]};
