return cont\u0065xt.meta.colour;
