function main(call) {
  return { a: 1 };
}
