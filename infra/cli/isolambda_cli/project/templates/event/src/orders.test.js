import { expect, test } from "isolambda:test";
import orders from "./orders.js";
import { total } from "./total.js";

test("counts the value of all orders of a customer", async ({ context }) => {
  const event = { id: "1", detail: { customer: "ada", lines: [{ price: 3, count: 4 }] } };

  expect(await orders(event, context)).toEqual({ customer: "ada", sum: 12 });
  expect(await orders(event, context)).toEqual({ customer: "ada", sum: 24 });
});

test("an order without lines costs nothing", () => {
  expect(total([])).toBe(0);
});
