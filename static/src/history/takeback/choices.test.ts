import { expect, test } from "vitest";
import type { ChangeRecord, Person } from "../rest";
import { rangesOf } from "./choices";

const BOB: Person = { id: "u2", name: "Bob", color: "#111111" };
const NOW = Date.parse("2026-03-02T12:30:00Z");

function record(change: Partial<ChangeRecord>): ChangeRecord {
  return {
    ...{ id: "r1", canvas: "c", element: "e1", element_type: "rectangle", family: "shape", action: "update" as const },
    ...{ user: BOB, client: "t1", gesture: "g1", first_seq: 7, last_seq: 9, changes: [] },
    ...{ from: "2026-03-02T12:00:00Z", to: "2026-03-02T12:00:04Z" },
    ...change,
  };
}

const ids = (subject: Parameters<typeof rangesOf>[0]) => rangesOf(subject, NOW).map(({ id }) => id);

test("a person's changes: the last hour, today or all of them", () => {
  expect(ids({ user: BOB, filters: { user: "u2" } })).toEqual(["hour", "today", "all"]);
  const [hour, , all] = rangesOf({ user: BOB, filters: {} }, NOW);
  expect(hour?.choice).toEqual({ user: "u2", since: "2026-03-02T11:30:00.000Z" });
  expect(all?.choice).toEqual({ user: "u2", from_seq: 1 });
});

test("one step first, when it was pointed at: its gesture, wherever that began", () => {
  const records = [record({}), record({ id: "r2", element: "e2", from: "2026-03-02T11:59:00Z" })];
  const [step] = rangesOf({ user: BOB, records, filters: {} }, NOW);
  expect(step).toMatchObject({
    id: "gesture",
    choice: { user: "u2", gesture: "g1", since: "2026-03-02T11:49:00.000Z" },
  });
});

test("a step without a gesture is its commits, on its objects", () => {
  const records = [record({ gesture: null, first_seq: 7, last_seq: 7 })];
  const [step] = rangesOf({ user: BOB, records, filters: {} }, NOW);
  expect(step?.choice).toEqual({ user: "u2", from_seq: 7, to_seq: 7, elements: ["e1"] });
});

test("what the timeline is filtered to, when that can be asked for", () => {
  const since = "2026-03-01T00:00:00.000Z";
  const [filtered] = rangesOf({ user: null, filters: { since, element: "e1" } }, NOW);
  expect(filtered).toMatchObject({ id: "filtered", choice: { since, elements: ["e1"] } });
  expect(ids({ user: BOB, filters: { since, action: "delete" } })).toEqual(["hour", "today", "all"]);
});

test("everybody's changes from the beginning are not offered: that is the empty canvas", () => {
  expect(ids({ user: null, filters: {} })).toEqual(["hour", "today"]);
});
