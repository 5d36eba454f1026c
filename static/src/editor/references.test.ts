import { expect, test } from "vitest";
import { element } from "../sync/testing/build";
import { dangling, ReferenceIndex } from "./references";

const there: Record<string, string> = { shape: "rectangle", frame: "frame", line: "line", words: "text" };
const typeOf = (id: string): string | undefined => there[id];

test.each([
  ["a label of a shape that is there", { type: "text", containerId: "shape" }, {}],
  ["a label of a shape that is gone", { type: "text", containerId: "gone" }, { containerId: null }],
  ["a label of what cannot have one", { type: "text", containerId: "words" }, { containerId: null }],
  ["in a frame", { type: "rectangle", frameId: "frame" }, {}],
  ["in a frame that is gone", { type: "rectangle", frameId: "gone" }, { frameId: null }],
  ["in what is no frame", { type: "rectangle", frameId: "shape" }, { frameId: null }],
  ["an arrow from a shape to nothing", { startBinding: { elementId: "shape" }, endBinding: { elementId: "gone" } }, { endBinding: null }], // prettier-ignore
  ["an arrow on a line", { startBinding: { elementId: "line" }, endBinding: null }, { startBinding: null }],
])("%s", (_, fields, expected) => {
  expect(dangling(fields, typeOf)).toEqual(expected);
});

test("who speaks of an element is known while it does", () => {
  const index = new ReferenceIndex();
  index.update(element({ id: "t", type: "text", properties: { containerId: "a", frameId: "f" } }));
  index.update(element({ id: "x", type: "arrow", properties: { startBinding: { elementId: "a" } } }));
  expect([...index.of("a")]).toEqual(["t", "x"]);
  index.update(element({ id: "t", type: "text", properties: { frameId: "f" } }));
  expect([...index.of("a")]).toEqual(["x"]);
  expect([...index.of("f")]).toEqual(["t"]);
});
