// return 1;
const text = 'return 2;' + `return 3;` + ({ return: 4 }).return;
const returned = /return 5/;
