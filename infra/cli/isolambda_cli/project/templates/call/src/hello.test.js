import { expect, test } from "isolambda:test";
import hello from "./hello.js";

test("greets a caller by name", () => {
  expect(hello({ name: "Ada" })).toEqual({ hello: "Ada" });
});

test("greets the world without a name", () => {
  expect(hello({})).toEqual({ hello: "world" });
});
