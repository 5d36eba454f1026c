import { expect, test } from "vitest";
import type { Stretch } from "../rest";
import { daysOf, ticksOf } from "./ticks";

function stretch(from: number, day: number, user: string, changes: number): Stretch {
  const at = `2026-03-0${day}T10:00:00Z`;
  return { from_seq: from, to_seq: from + 9, begun_at: at, ended_at: at, user: { id: user, name: user, color: null }, changes }; // prettier-ignore
}

const STRETCHES = [stretch(1, 1, "ada", 5), stretch(1, 1, "grace", 2), stretch(11, 1, "ada", 1), stretch(21, 2, "ada", 4), stretch(31, 4, "grace", 1)]; // prettier-ignore

test("a tick has all who took part in it", () => {
  expect(ticksOf(STRETCHES).map(({ from, changes, parts }) => [from, changes, parts.length])).toEqual([
    [1, 7, 2],
    [11, 1, 1],
    [21, 4, 1],
    [31, 1, 1],
  ]);
});

test("a day is marked where its first changes are", () => {
  const marks = daysOf(STRETCHES, (at) => at.slice(0, 10), 1);
  expect(marks.map(({ key, seq }) => [key, seq])).toEqual([
    ["2026-03-01", 1],
    ["2026-03-02", 21],
    ["2026-03-04", 31],
  ]);
});

test("days that lie too near are not named", () => {
  const marks = daysOf(STRETCHES, (at) => at.slice(0, 10), 15);
  expect(marks.map(({ seq }) => seq)).toEqual([1, 21]);
});
