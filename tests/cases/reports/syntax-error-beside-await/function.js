await null;
let let;
