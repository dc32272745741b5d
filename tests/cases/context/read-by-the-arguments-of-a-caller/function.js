function reader() {
  return reader.caller.arguments[1].meta.colour;
}
return reader();
