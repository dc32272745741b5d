function (call) {
  return { a: 1 };
}
