import fc from "fast-check";
import { expect, test } from "vitest";
import type { CanvasElement } from "../protocol/messages";
import { diff } from "./diff";
import { sameJson } from "./equal";
import { applyOp } from "./ops";
import { element } from "./testing/build";

test("only what changed", () => {
  const after = element({ position: { x: 3, y: 0 }, properties: { strokeColor: "#f00" } });
  expect(diff(element(), after)).toEqual([
    { op: "update", id: "e", set: { "position.x": 3, "properties.strokeColor": "#f00" } },
  ]);
  expect(diff(after, after)).toEqual([]);
});

test("null and absent are the same; what is gone is set to null", () => {
  expect(diff(element(), element({ properties: { link: null } }))).toEqual([]);
  expect(diff(element({ properties: { link: "x" } }), element())).toEqual([
    { op: "update", id: "e", set: { "properties.link": null } },
  ]);
});

test("a new element is created, one that was drawn and thrown away is not", () => {
  expect(diff(undefined, element({ deleted: true }))).toEqual([]);
  expect(diff(undefined, element())).toMatchObject([{ op: "create", id: "e", type: "rectangle" }]);
});

test("delete and restore", () => {
  const gone = element({ deleted: true });
  expect(diff(element(), gone)).toEqual([{ op: "delete", id: "e" }]);
  expect(diff(gone, gone)).toEqual([]);
  expect(diff(gone, element({ angle: 1 }))).toEqual([
    { op: "restore", id: "e" },
    { op: "update", id: "e", set: { angle: 1 } },
  ]);
});

test("an arrow's geometry travels whole, its colour alone", () => {
  const points = [
    [0, 0],
    [10, 10],
  ];
  const arrow = element({ type: "arrow", properties: { points, startBinding: { elementId: "a" } } });
  const moved = { ...arrow, position: { x: 9, y: 0 } };
  expect(diff(arrow, moved)).toEqual([
    {
      op: "update",
      id: "e",
      set: {
        "position.x": 9,
        "position.y": 0,
        "dimensions.width": 10,
        "dimensions.height": 10,
        "properties.points": points,
        "properties.startBinding": { elementId: "a" },
      },
    },
  ]);
  const unbound = { ...arrow, properties: { points } };
  expect(diff(arrow, unbound)[0]).toMatchObject({ set: { "properties.startBinding": null, "position.x": 0 } });
  const red = { ...arrow, properties: { ...arrow.properties, strokeColor: "#f00" } };
  expect(diff(arrow, red)).toEqual([{ op: "update", id: "e", set: { "properties.strokeColor": "#f00" } }]);
});

test("a growing freehand line is appended to", () => {
  const line = (points: number[][]): CanvasElement => element({ type: "freedraw", properties: { points } });
  expect(
    diff(
      line([[0, 0]]),
      line([
        [0, 0],
        [1, 1],
        [2, 2],
      ]),
    ),
  ).toEqual([
    {
      op: "append",
      id: "e",
      path: "properties.points",
      at: 1,
      values: [
        [1, 1],
        [2, 2],
      ],
    },
  ]);
  expect(
    diff(
      line([
        [0, 0],
        [1, 1],
      ]),
      line([
        [0, 0],
        [5, 5],
        [6, 6],
      ]),
    ),
  ).toMatchObject([{ op: "update" }]);
});

const json = fc.jsonValue({ maxDepth: 2 }).filter((value) => value !== null);
const anyElement = fc
  .record({
    position: fc.record({ x: fc.integer(), y: fc.integer() }),
    dimensions: fc.record({ width: fc.nat(), height: fc.nat() }),
    angle: fc.integer(),
    index: fc.constantFrom("a0", "a1", "a2"),
    deleted: fc.boolean(),
    type: fc.constantFrom("rectangle", "arrow", "freedraw"),
    properties: fc.dictionary(
      fc.constantFrom("points", "pressures", "note", "startBinding"),
      json as fc.Arbitrary<import("../protocol/messages").Json>,
    ),
  })
  .map((changes) => element(changes));

test("applying the diff gives the second element", () => {
  fc.assert(
    fc.property(anyElement, anyElement, (before, other) => {
      const after = { ...other, type: before.type };
      let result: CanvasElement | undefined = before;
      for (const op of diff(before, after)) result = applyOp(result, op);
      if (after.deleted) expect(result?.deleted).toBe(true);
      else expect(sameJson(asJson(result), asJson(after))).toBe(true);
    }),
  );
});

function asJson(value: CanvasElement | undefined): import("../protocol/messages").Json {
  return JSON.parse(JSON.stringify(value)) as import("../protocol/messages").Json;
}
