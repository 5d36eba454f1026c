import fc from "fast-check";
import { expect, test } from "vitest";
import type { Json, Op } from "../protocol/messages";
import { fold } from "./fold";
import { applyOp, created } from "./ops";
import { createRectangle, createText, element } from "./testing/build";
import { textOp } from "./text";

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

test("a removal does not take the parents along that an earlier set makes", () => {
  for (const [set, removed] of [
    ["properties.p.x", "properties.p.x"],
    ["properties.p.x.y", "properties.p.x"],
  ] as const) {
    const ops = [update("e", { [set]: 1 }), update("e", { [removed]: null })];
    expect(fold(ops)).toEqual(ops);
    expect(fold(ops).reduce((e, op) => applyOp(e, op) ?? e, element()).properties).toEqual({ p: {} });
  }
});

test("typing joins, and other changes of the element pass it", () => {
  const before = { ...element({ properties: { text: "ab" } }), type: "text" };
  const ops: Op[] = [];
  let now = before as ReturnType<typeof element> | undefined;
  for (const text of ["abc", "abcd🎨", "xbcd🎨"]) {
    const op = now && textOp(now, text, 7);
    if (op) ops.push(op, update("e", { angle: ops.length }));
    now = now && op && applyOp(now, op);
  }
  const folded = fold(ops);
  expect(folded.map(({ op }) => op)).toEqual(["text", "update"]);
  const after = (all: readonly Op[]) => all.reduce((e, op) => applyOp(e, op) ?? e, before);
  expect(after(folded).properties).toEqual({ text: "xbcd🎨" });
  expect(after(folded)).toEqual(after(ops));
});

test("typing is not folded over a text that is set, a deletion or what makes its element", () => {
  const made = createText("t", "a");
  const op = textOp(created(made), "ab", 7);
  if (!op) throw new Error("nothing was typed");
  for (const other of [update("t", {}), { op: "delete", id: "t" } as const]) {
    const set: Op = other.op === "update" ? { ...other, set: { "properties.text": "c" } } : other;
    expect(fold([op, set, op])).toEqual([op, set, op]);
  }
  expect(fold([made, op])).toEqual([made, op]);
});

test("the fold does what the ops do in their order", () => {
  const path = fc.constantFrom("p", "q", "p.x", "p.y", "p.x.y", "p.x.z", "q.x").map((end) => `properties.${end}`);
  const value: fc.Arbitrary<Json> = fc.oneof(
    { weight: 3, arbitrary: fc.nat(9) },
    { weight: 3, arbitrary: fc.constant(null) },
    fc.constantFrom<Json[]>({}, { x: 1 }, { x: { y: 2 } }),
  );
  const change = fc
    .array(fc.tuple(path, value), { minLength: 1, maxLength: 3 })
    .map((set): Op => ({ op: "update", id: "e", set: Object.fromEntries(set) }));
  const start = fc.constantFrom<Record<string, Json>[]>({}, { p: {} }, { p: { x: { y: 1 } }, q: 1 });
  fc.assert(
    fc.property(start, fc.boolean(), fc.array(change, { maxLength: 5 }), (properties, made, changes) => {
      const ops = made ? [createRectangle("e", properties), ...changes] : changes;
      const after = (all: readonly Op[]) =>
        all.reduce((e, op) => applyOp(e, op), made ? undefined : element({ properties }));
      expect(after(fold(ops))).toEqual(after(ops));
    }),
    { numRuns: 2_000 },
  );
});
