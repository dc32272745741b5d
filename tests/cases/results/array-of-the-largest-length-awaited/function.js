await null;
const list = [];
list[2 ** 32 - 2] = 1;
return [list];
