exports.handler = async (event) => {
  return { a: 1 };
};
