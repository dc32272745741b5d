/**
 * Answers a call: what it returns is the result.
 *
 * @param {{name?: string}} call the input
 */
export default (call) => {
  const name = call.name ?? "world";
  console.log("called by", name);
  return { hello: name };
};
