import { expect, test } from "vitest";
import { rowsOf } from "./details";
import type { Action, Changed, ChangeRecord } from "./rest";

function rows(changes: Changed[], action: Action = "update", element_type = "rectangle"): string[] {
  const record = { action, element_type, changes } as ChangeRecord;
  return rowsOf(record).map(
    ({ label, before, after }) => `${label}: ${before?.text ?? "nothing"} -> ${after?.text ?? "nothing"}`,
  );
}

test("two coordinates are one row, and one that stayed is left out", () => {
  const x = { path: "position.x", before: 1, after: 1234.56 };
  expect(rows([x, { path: "position.y", before: 2, after: 3 }])).toEqual(["Position: x 1, y 2 -> x 1,234.6, y 3"]);
  expect(rows([x])).toEqual(["Position: x 1 -> x 1,234.6"]);
  const width = { path: "dimensions.width", before: 20, after: 30 };
  expect(rows([width, { path: "dimensions.height", before: 5, after: 6 }])).toEqual(["Size: 20 × 5 -> 30 × 6"]);
  expect(rows([width])).toEqual(["Size: width 20 -> width 30"]);
});

test("values are said as people say them", () => {
  expect(
    rows([
      { path: "angle", before: 0, after: Math.PI / 2 },
      { path: "properties.strokeColor", before: "#e03131", after: null },
      { path: "properties.strokeStyle", before: "solid", after: "dotted" },
      { path: "properties.locked", before: null, after: true },
      { path: "properties.text", before: "a", after: "b" },
      { path: "properties.opacity", before: 100, after: 40 },
      { path: "properties.madeByAProgram", before: null, after: { any: "thing" } },
    ]),
  ).toEqual([
    "Rotation: 0° -> 90°",
    "Stroke: red -> nothing",
    "Stroke style: solid -> dotted",
    "Locked: nothing -> yes",
    "Text: a -> b",
    "Opacity: 100 % -> 40 %",
    "madeByAProgram: nothing -> set",
  ]);
});

test("what grew says by how much, and what was too long says so", () => {
  expect(rows([{ path: "properties.points", appended: 1 }])).toEqual(["Points: nothing -> 1 more point"]);
  expect(rows([{ path: "properties.points", shortened: true }])).toEqual([
    "Points: nothing -> too long to be shown here",
  ]);
});

test("a colour comes with the colour itself", () => {
  const changes = [{ path: "properties.backgroundColor", before: null, after: "#ffec99" }];
  const [row] = rowsOf({ action: "update", changes } as unknown as ChangeRecord);
  expect(row?.after).toEqual({ text: "light yellow", colour: "#ffec99" });
});

test("what nobody decided, or is as it was, is no row", () => {
  expect(
    rows([
      { path: "properties.seed", before: 1, after: 2 },
      { path: "properties.ytext", before: null, after: "AAA=" },
      { path: "properties.points", before: [[0, 0]], after: [[0, 0]] },
    ]),
  ).toEqual([]);
});

test("of a new object only what tells it apart", () => {
  const changes = [
    { path: "position.x", before: null, after: 1 },
    { path: "properties.roughness", before: null, after: 1 },
    { path: "properties.text", before: null, after: "Hello" },
  ];
  expect(rows(changes, "create", "text")).toEqual(["Position: nothing -> x 1", "Text: nothing -> Hello"]);
});
