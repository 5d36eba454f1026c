import { expect, test } from "vitest";
import type { CanvasElement, Op } from "../protocol/messages";
import { Away, type Finding, otherWay } from "./away";
import { applyOp } from "./ops";
import { Outbox } from "./outbox";
import { createRectangle, element } from "./testing/build";

const colour = (strokeColor: string): Op => ({ op: "update", id: "e", set: { "properties.strokeColor": strokeColor } });
const move = (x: number): Op => ({ op: "update", id: "e", set: { "position.x": x } });
const gone: Op = { op: "delete", id: "e" };

/** What is found when `mine` was done on `before`, others did `theirs`, and `settle` of mine was durable already. */
function found(
  before: CanvasElement | undefined,
  mine: Op[],
  theirs: Op[],
  { settled = 0, by = "grace" as string | null } = {},
): Finding[] {
  const away = new Away();
  const outbox = new Outbox();
  for (const op of mine) outbox.add([op]);
  outbox.takeUnsent(99);
  away.returned(outbox.pending, () => before, 9);
  const after = [...mine.slice(0, settled), ...theirs].reduce((now, op) => applyOp(now, op) ?? now, before);
  outbox.acknowledge(1, settled);
  if (by !== null) away.saw({ client: "other", user: by, intent: 1, ops: theirs });
  away.reached(8, () => before, outbox.pending);
  expect(away.settled(outbox.pending)).toEqual([]);
  away.reached(9, () => after, outbox.pending);
  outbox.acknowledge(1, mine.length);
  return away.settled(outbox.pending);
}

test("nothing is told where nothing met", () => {
  expect(found(element(), [move(5)], [])).toEqual([]);
  expect(found(element(), [move(5)], [colour("#f00")])).toEqual([]);
  expect(found(undefined, [createRectangle("e"), move(5)], [])).toEqual([]);
  expect(found(element(), [gone], [])).toEqual([]);
});

test("what of mine was durable before is no change of theirs", () => {
  expect(found(element(), [move(5), move(7)], [], { settled: 1 })).toEqual([]);
  expect(found(element(), [move(5), gone], [], { settled: 1 })).toEqual([]);
});

test("mine replaced theirs, and theirs can be had", () => {
  const [finding] = found(element(), [move(5)], [move(8)]);
  expect(finding).toMatchObject({ kind: "overwrote", by: "grace", theirs: { "position.x": 8 } });
  if (finding) expect(otherWay(finding)).toEqual([move(8)]);
});

test("both chose the same: nobody lost anything", () => {
  expect(found(element(), [move(5)], [move(5)])).toEqual([]);
});

test("a property that they removed is theirs too", () => {
  const before = element({ properties: { strokeColor: "#111" } });
  const removal: Op = { op: "update", id: "e", set: { "properties.strokeColor": null } };
  expect(found(before, [colour("#f00")], [removal])).toMatchObject([{ theirs: { "properties.strokeColor": null } }]);
});

test("theirs came after mine, and mine can be had", () => {
  const [finding] = found(element(), [move(5)], [move(8)], { settled: 1 });
  expect(finding).toMatchObject({ kind: "overtaken", mine: { "position.x": 5 } });
  if (finding) expect(otherWay(finding)).toEqual([move(5)]);
});

test("I deleted what they had changed", () => {
  const [finding] = found(element(), [gone], [move(8)]);
  expect(finding).toMatchObject({ kind: "deleted", by: "grace" });
  if (finding) expect(otherWay(finding)).toEqual([{ op: "restore", id: "e" }]);
});

test("who it was may be unknown", () => {
  expect(found(element(), [move(5)], [move(8)], { by: null })).toMatchObject([{ by: null }]);
});

test("what was refused is told once per element, as it would look, and can be brought back", () => {
  const away = new Away();
  const outbox = new Outbox();
  for (const op of [move(5), colour("#f00")]) outbox.add([op]);
  outbox.takeUnsent(9);
  away.returned(outbox.pending, () => element(), 9);
  away.saw({ client: "other", user: "grace", intent: 1, ops: [gone] });
  const now = (): CanvasElement => element({ deleted: true });
  away.reached(9, now, outbox.pending);
  for (const id of [1, 2]) {
    const refused = outbox.reject(id);
    if (refused) expect(away.refused(refused.rank, refused.ops, "gone", now)).toEqual([]);
  }
  const findings = away.settled(outbox.pending);
  expect(findings).toMatchObject([{ kind: "refused", by: "grace", code: "gone", element: { position: { x: 5 } } }]);
  expect(findings[0]?.element.properties).toMatchObject({ strokeColor: "#f00" });
  expect(findings.map(otherWay)).toEqual([[{ op: "restore", id: "e" }, move(5), colour("#f00")]]);
});

test("what is refused of later work is not part of it", () => {
  const away = new Away();
  away.returned([], () => undefined, 1);
  expect(away.refused(4, [move(1)], "gone", () => undefined)).toEqual([move(1)]);
});
