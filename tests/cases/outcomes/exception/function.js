const a = 1;
throw new TypeError('no such caller');
