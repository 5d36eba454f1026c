import { expect, test } from "vitest";
import type { CanvasElement, Op } from "../protocol/messages";
import { applyWhatFits } from "./ops";
import { Outbox } from "./outbox";
import { salvage } from "./salvage";
import { createRectangle, element } from "./testing/build";

test("what fits is kept, without what was set anew since", () => {
  const outbox = new Outbox();
  outbox.add([
    { op: "update", id: "gone", set: { angle: 1 } },
    { op: "update", id: "e", set: { angle: 1, "position.x": 1 } },
  ]);
  outbox.add([{ op: "update", id: "e", set: { "position.x": 2 } }]);
  outbox.takeUnsent(9);
  const refused = outbox.reject(1);
  if (!refused) throw new Error("no such intent");
  const elements = new Map([
    ["gone", element({ id: "gone", deleted: true })],
    ["e", element()],
  ]);
  expect(salvage(refused, (id) => elements.get(id), outbox)).toEqual({
    ops: [{ op: "update", id: "e", set: { angle: 1 } }],
    lost: [{ op: "update", id: "gone", set: { angle: 1 } }],
  });
});

/** What is left of the first of these intents when it is refused on `before`. */
function left(before: CanvasElement | undefined, ...intents: Op[]): unknown {
  const outbox = new Outbox();
  for (const op of intents) outbox.add([op]);
  outbox.takeUnsent(9);
  const refused = outbox.reject(1);
  return refused && salvage(refused, () => applyWhatFits(before, outbox.opsOf("e")), outbox);
}
const append = (at: number): Op => ({ op: "append", id: "e", path: "properties.points", at, values: [at] });
const gone: Op = { op: "delete", id: "e" };
const back: Op = { op: "restore", id: "e" };
const turn: Op = { op: "update", id: "e", set: { angle: 1 } };

test("later work on what a refused intent made keeps it", () => {
  const create = createRectangle("e");
  expect(left(undefined, create, turn)).toEqual({ ops: [create], lost: [] });
  expect(left(undefined, create, gone)).toEqual({ ops: [create], lost: [] });
  expect(left(element(), append(0), append(1))).toEqual({ ops: [append(0)], lost: [] });
  expect(left(element(), turn, gone, back)).toEqual({ ops: [turn], lost: [] });
});

test("what was done otherwise since is neither asked for nor missed", () => {
  expect(left(element(), turn, { op: "update", id: "e", set: { angle: 2 } })).toEqual({ ops: [], lost: [] });
  expect(left(element(), turn, gone)).toEqual({ ops: [], lost: [] });
  expect(left(element(), gone, back)).toEqual({ ops: [], lost: [] });
  expect(left(element({ deleted: true }), back, gone)).toEqual({ ops: [], lost: [] });
});
