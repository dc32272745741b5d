return new Array(2 ** 32 - 1);
