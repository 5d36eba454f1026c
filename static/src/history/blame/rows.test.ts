import { expect, test } from "vitest";
import type { Blame, Origin } from "../rest";
import { blameRows, lastOf } from "./rows";
import { agoWords } from "./when";

const by = (name: string, seq: number): Origin => ({
  user: { id: name, name, color: null },
  at: `2026-03-02T12:00:0${seq}Z`,
  seq,
});
const NOBODY = { user: null, at: null, seq: null };

const told: Blame = {
  element: "e1",
  type: "rectangle",
  created: by("Ada", 1),
  deleted: null,
  properties: [
    { path: "position.x", value: 10, ...by("Bob", 3) },
    { path: "position.y", value: 20, ...by("Bob", 3) },
    { path: "dimensions.width", value: 5, ...by("Ada", 1) },
    { path: "dimensions.height", value: 6, ...by("Bob", 4) },
    { path: "properties.strokeColor", value: "#e03131", ...by("Grace", 5) },
    { path: "properties.seed", value: 7, ...by("Ada", 1) },
    { path: "properties.link", value: null, ...by("Ada", 1) },
    { path: "properties.opacity", value: 50, ...NOBODY },
  ],
};

test("what was changed since comes first, the newest on top; coordinates set together stand together", () => {
  const { since, made } = blameRows(told);
  expect(since.map(({ label, value, by }) => [label, value?.text, by?.user.name])).toEqual([
    ["Stroke", "red", "Grace"],
    ["Size", "height 6", "Bob"],
    ["Position", "x 10, y 20", "Bob"],
  ]);
  expect(since[0]?.value?.colour).toBe("#e03131");
  expect(made.map(({ label, value }) => [label, value?.text])).toEqual([
    ["Size", "width 5"],
    ["Opacity", "50 %"],
  ]);
});

test("who was at it last, also when that was the deletion", () => {
  expect(lastOf(told)?.user.name).toBe("Grace");
  expect(lastOf({ ...told, deleted: by("Eve", 9) })?.user.name).toBe("Eve");
  expect(lastOf({ ...told, created: null, properties: [] })).toBeNull();
});

test("how long ago", () => {
  const now = Date.parse("2026-03-02T12:00:00Z");
  expect(agoWords(now - 20_000, now)).toBe("just now");
  expect(agoWords(now - 5 * 60_000, now)).toBe("5 minutes ago");
  expect(agoWords(now - 3 * 3_600_000, now)).toBe("3 hours ago");
  expect(agoWords(now - 25 * 3_600_000, now)).toBe("yesterday");
});

test("of an object older than the history is kept, what nobody is known to have set stands last", () => {
  const properties = told.properties.map((one) => (one.seq === 1 ? { ...one, ...NOBODY } : one));
  const { since, made } = blameRows({ ...told, created: null, properties });
  expect(since.map(({ by }) => by?.seq)).toEqual([5, 4, 3]);
  expect(made.map(({ label, by }) => [label, by])).toEqual([
    ["Size", null],
    ["Opacity", null],
  ]);
  expect(lastOf({ ...told, created: null, properties })?.user.name).toBe("Grace");
});
