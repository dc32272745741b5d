import { expect, test } from "isolambda:test";
import { total } from "./total.js";

test("adds up the lines of an order", () => {
  expect(total([{ price: 3, count: 4 }, { price: 5, count: 1 }])).toBe(17);
});

test("an order without lines costs nothing", () => {
  expect(total([])).toBe(0);
});
