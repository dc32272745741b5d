import { total } from "./total.js";

/**
 * Counts the value of the orders of each customer.
 *
 * @param {{id: string, detail: {customer: string, lines: {price: number, count: number}[]}}} event
 * @param {IsolambdaContext} context
 */
export default async (event, context) => {
  const { customer, lines } = event.detail;
  const sum = await context.kv.increment(customer, total(lines));
  console.log("orders of", customer, "are worth", sum);
  return { customer, sum };
};
