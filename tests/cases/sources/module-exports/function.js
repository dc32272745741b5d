const answer = (call) => ({ a: 1 });
module.exports = { answer };
