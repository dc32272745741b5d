return Symbol('s');
