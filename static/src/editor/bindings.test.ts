import { expect, test } from "vitest";
import { element } from "../sync/testing/build";
import { BindingIndex } from "./bindings";

const arrow = (id: string, from: string, to: string, deleted = false) =>
  element({
    id,
    type: "arrow",
    deleted,
    properties: { startBinding: { elementId: from }, endBinding: { elementId: to } },
  });

test("two arrows bound at once are both in the shape's list", () => {
  const index = new BindingIndex();
  expect([...index.update(arrow("x", "a", "b"))].sort()).toEqual(["a", "b"]);
  index.update(arrow("y", "a", "c"));
  expect(index.of("a")).toEqual([
    { id: "x", type: "arrow" },
    { id: "y", type: "arrow" },
  ]);
});

test("a moved or deleted arrow leaves the list, and says whose", () => {
  const index = new BindingIndex();
  index.update(arrow("x", "a", "b"));
  expect([...index.update(arrow("x", "a", "c"))].sort()).toEqual(["b", "c"]);
  expect(index.of("b")).toEqual([]);
  expect([...index.update(arrow("x", "a", "c", true))].sort()).toEqual(["a", "c"]);
  expect(index.of("a")).toEqual([]);
});

test("a text belongs to its container", () => {
  const index = new BindingIndex();
  index.update(element({ id: "t", type: "text", properties: { containerId: "a" } }));
  expect(index.of("a")).toEqual([{ id: "t", type: "text" }]);
});
