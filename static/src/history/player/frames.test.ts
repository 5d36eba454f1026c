import { expect, test } from "vitest";
import { createRectangle, createText } from "../../sync/testing/build";
import fixtures from "../../../../tests/fixtures/ops.json";
import type { CanvasElement, Commit, Op } from "../../protocol/messages";
import { ADA, GRACE, ModelLog } from "../testing/model-log";
import { boundsOfFrame, frameOf, type Frame, LONGEST_PAUSE_MS, passes, pauseMs } from "./frames";
import { type PastElement, type PastState, replayed } from "./replay";

function frames(log: ModelLog): Frame[] {
  const state = new Map<string, PastElement>();
  return log.commitsMade.map((commit) => {
    const frame = frameOf(commit, state);
    if (!frame) throw new Error("it does not apply");
    for (const { id, after } of frame.touched) state.set(id, after);
    return frame;
  });
}

/** Commit 1: Ada draws a and b; 2: Grace moves a far away; 3: Ada writes into b; 4: Grace removes b. */
function story(): Frame[] {
  const log = new ModelLog();
  log.commit(ADA, createRectangle("a"), { ...createRectangle("b"), position: { x: 500, y: 500 } });
  log.commit(GRACE, { op: "update", id: "a", set: { "position.x": 5_000 } });
  log.commit(ADA, { ...createText("label", "hello"), properties: { text: "hello", containerId: "b" } });
  log.commit(GRACE, { op: "delete", id: "b" });
  return frames(log);
}

const passing = (choice: Parameters<typeof passes>[1]): number[] =>
  story()
    .filter((frame) => passes(frame, choice))
    .map(({ seq }) => seq);

test("by person", () => expect(passing({ user: GRACE })).toEqual([2, 4]));

test("by object, whose label is part of it", () => {
  expect(passing({ objects: new Set(["b"]) })).toEqual([1, 3, 4]);
  expect(passing({ objects: new Set(["a"]) })).toEqual([1, 2]);
});

test("by area, left or entered", () => {
  const start = { x: -5, y: -5, width: 10, height: 10 };
  const far = { x: 4_990, y: 0, width: 30, height: 30 };
  expect(passing({ area: far })).toEqual([2]);
  expect(passing({ area: start })).toEqual([1, 2, 3]);
  expect(passing({ area: { x: 505, y: 505, width: 1, height: 1 } })).toEqual([1, 4]);
});

test("all that is chosen must hold of one and the same element", () => {
  expect(passing({ user: GRACE, objects: new Set(["b"]) })).toEqual([4]);
  expect(passing({ user: ADA, area: { x: 4_990, y: 0, width: 30, height: 30 } })).toEqual([]);
});

test("a frame covers what it touched, before and after", () => {
  expect(boundsOfFrame(story()[1]!)).toEqual({ x: 0, y: 0, width: 5_010, height: 10 });
});

test("pauses are as they were, or shortened, and quicker with speed", () => {
  const [from, soon, late] = ["2026-01-01T10:00:00.000Z", "2026-01-01T10:00:00.400Z", "2026-01-01T18:00:00.000Z"];
  expect(pauseMs(from, soon, 1, true)).toBe(400);
  expect(pauseMs(from, soon, 4, true)).toBe(100);
  expect(pauseMs(from, late, 1, true)).toBe(LONGEST_PAUSE_MS);
  expect(pauseMs(from, late, 0.5, false)).toBe(2 * 8 * 3_600_000);
  expect(pauseMs(from, from, 1, true)).toBeGreaterThan(0);
});

interface Case {
  name: string;
  before: CanvasElement | null;
  op: Op;
  after?: CanvasElement;
}

/** The server's own cases (canvasapp/tests/test_fixtures.py reads the same file), as commits of a log. */
const cases = (fixtures.ops as unknown as Case[]).filter(({ after }) => after);

test.each(cases)("as the server replays: $name", ({ before, op, after }) => {
  const state: PastState = new Map(before ? [[before.id, { ...before, seq: 1 }]] : []);
  const commit: Commit = {
    seq: 2,
    at: "2026-01-01T10:00:00.000Z",
    entries: [{ client: "c", user: ADA, intent: 1, ops: [op] }],
    versions: { [op.id]: 2 },
  };
  const [touched] = replayed(commit, state) ?? [];
  const { ytext: _, ...shown } = touched!.after;
  const { ytext: __, ...expected } = after!;
  expect(shown).toEqual({ ...expected, version: 2, seq: 2 });
});

test("what a log has, and a page never sends: created over a tombstone, restored from nothing", () => {
  const [one] = frames(new ModelLog());
  expect(one).toBeUndefined();
  const log = new ModelLog();
  log.commit(ADA, createRectangle("a"));
  log.commit(ADA, { op: "delete", id: "a" });
  const restored = log.commit(ADA, { op: "restore", id: "a" });
  expect(replayed(restored, new Map())?.[0]?.after.deleted).toBe(false);
  log.commit(ADA, { op: "delete", id: "a" });
  const anew = log.commit(GRACE, createRectangle("a", { strokeColor: "#f00" }));
  const state = new Map(frames(log).slice(0, 4).flatMap(({ touched }) => touched.map(({ id, after }) => [id, after]))); // prettier-ignore
  expect(replayed(anew, state)?.[0]?.after.properties).toEqual({ strokeColor: "#f00" });
});
