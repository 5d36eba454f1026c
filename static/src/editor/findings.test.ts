import { expect, test } from "vitest";
import type { CanvasElement } from "../protocol/messages";
import { refusal, why } from "./findings";

const element = (id: string, type: string, properties: CanvasElement["properties"] = {}): CanvasElement => ({
  id,
  type,
  version: 1,
  position: { x: 0, y: 0 },
  dimensions: { width: 1, height: 1 },
  angle: 0,
  index: "a0",
  deleted: false,
  properties,
});

test("a refusal names what is too large, at most three of it", () => {
  const [drawing, text] = [element("d", "freedraw"), element("t", "text", { text: "A novel\nof many pages" })];
  expect(refusal("too_large", [drawing])).toBe("Too large for the canvas and not saved: a drawing.");
  expect(refusal("too_large", [drawing, text])).toBe(
    "Too large for the canvas and not saved: a drawing and the text “A novel”.",
  );
  const many = ["a", "b", "c", "d", "e"].map((id) => element(id, "line"));
  expect(refusal("too_large", many)).toBe("Too large for the canvas and not saved: a line, a line, a line and 2 more.");
});

test("what cannot be named is refused in general words", () => {
  expect(refusal("too_large")).toBe(why("too_large"));
  expect(refusal("limit", [element("d", "freedraw")])).toBe(why("limit"));
});
