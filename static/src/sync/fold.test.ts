import { expect, test } from "vitest";
import type { Op } from "../protocol/messages";
import { fold } from "./fold";
import { createRectangle } from "./testing/build";

const update = (id: string, set: Record<string, number | null>): Op => ({ op: "update", id, set });
const append = (at: number, ...values: number[]): Op => ({
  op: "append",
  id: "e",
  path: "properties.points",
  at,
  values,
});

test("repeated sets become the last one", () => {
  expect(
    fold([update("e", { "position.x": 1, angle: 2 }), update("f", { angle: 1 }), update("e", { "position.x": 3 })]),
  ).toEqual([update("e", { angle: 2, "position.x": 3 }), update("f", { angle: 1 })]);
});

test("a set replaces earlier sets below it", () => {
  expect(fold([update("e", { "properties.a.b": 1 }), update("e", { "properties.a": 2 })])).toEqual([
    update("e", { "properties.a": 2 }),
  ]);
});

test("a create takes up what follows", () => {
  expect(fold([createRectangle("e"), append(0, 1), append(1, 2), update("e", { "position.x": 4 })])).toMatchObject([
    { op: "create", position: { x: 4, y: 0 }, properties: { points: [1, 2] } },
  ]);
});

test("appends join", () => {
  expect(fold([append(3, 1), append(4, 2, 3)])).toEqual([append(3, 1, 2, 3)]);
});

test("delete and restore keep their places", () => {
  const ops: Op[] = [
    update("e", { angle: 1 }),
    { op: "delete", id: "e" },
    { op: "restore", id: "e" },
    update("e", { angle: 2 }),
  ];
  expect(fold(ops)).toEqual(ops);
});
