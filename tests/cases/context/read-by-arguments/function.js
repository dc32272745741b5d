return arguments[1].meta.colour;
