import { expect, test } from "vitest";
import { applyOp, applyWhatFits, overlay, readPath } from "./ops";
import { createRectangle, element } from "./testing/build";

test("an update sets dotted paths and null removes", () => {
  const before = element({ properties: { note: "n", style: { a: 1 } } });
  const after = applyOp(before, {
    op: "update",
    id: "e",
    set: { "position.x": 5, "properties.note": null, "properties.style.b": 2 },
  });
  expect(after).toMatchObject({ position: { x: 5, y: 0 }, properties: { style: { a: 1, b: 2 } } });
  expect(after?.properties).not.toHaveProperty("note");
  expect(before.properties).toEqual({ note: "n", style: { a: 1 } });
});

test("removing below what is not there changes nothing", () => {
  const before = element();
  expect(applyOp(before, { op: "update", id: "e", set: { "properties.a.b": null } })).toEqual(before);
});

test("what the server refuses gives nothing", () => {
  const gone = element({ deleted: true });
  expect(applyOp(gone, { op: "update", id: "e", set: { angle: 1 } })).toBeUndefined();
  expect(applyOp(gone, { op: "delete", id: "e" })).toBeUndefined();
  expect(applyOp(element(), createRectangle("e"))).toBeUndefined();
  expect(applyOp(undefined, { op: "restore", id: "e" })).toBeUndefined();
  expect(applyOp(element(), { op: "append", id: "e", path: "properties.points", at: 1, values: [1] })).toBeUndefined();
});

test("a restored element has its properties again", () => {
  const gone = element({ deleted: true, properties: { note: "n" } });
  expect(applyOp(gone, { op: "restore", id: "e" })).toEqual({ ...gone, deleted: false });
});

test("pending work on an element that is gone is left out", () => {
  const gone = element({ deleted: true });
  expect(applyWhatFits(gone, [{ op: "update", id: "e", set: { angle: 1 } }])).toBe(gone);
});

test("a preview's append overlaps what has arrived meanwhile", () => {
  const append = { op: "append", id: "e", path: "properties.points", at: 1, values: [2, 3] } as const;
  for (const [have, shown] of [
    [[1], [1, 2, 3]],
    [
      [1, 2],
      [1, 2, 3],
    ],
    [
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ],
    [[], []],
  ]) {
    const before = element({ properties: { points: have ?? [] } });
    expect(overlay(before, [{ ...append, values: [2, 3] }])?.properties["points"]).toEqual(shown);
  }
});

test("a preview's create lies over an element that is there by now", () => {
  expect(overlay(element({ version: 7 }), [createRectangle("e", { note: "n" })])).toMatchObject({
    version: 7,
    properties: { note: "n" },
  });
});

test("paths read what they set", () => {
  expect(readPath(element({ properties: { a: { b: 1 } } }), "properties.a.b")).toBe(1);
  expect(readPath(element(), "properties.a.b")).toBeUndefined();
});
