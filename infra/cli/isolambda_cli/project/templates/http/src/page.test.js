import { expect, test } from "isolambda:test";
import page from "./page.js";

test("greets who the query names", async () => {
  const response = await page(new Request("https://example.com/?name=Ada"));

  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ hello: "Ada" });
});

test("refuses another method", async () => {
  const response = await page(new Request("https://example.com/", { method: "POST" }));

  expect(response.status).toBe(405);
});
