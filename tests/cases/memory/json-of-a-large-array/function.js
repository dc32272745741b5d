return JSON.stringify(new Array(2 ** 25).fill(1)).length;
