import { expect, test } from "vitest";
import { barsOf, heights, peopleIn } from "./chart";
import type { Count } from "./rest";

const person = (id: string) => ({ id, name: id, color: "#1971c2" });
const count = (day: string, user: string, changes: number): Count => ({ day, user: person(user), changes });

test("a young canvas has a bar for each of the last fourteen days", () => {
  const bars = barsOf([count("2026-03-01", "ada", 3), count("2026-03-01", "grace", 5)], "2026-03-02");
  expect(bars).toHaveLength(14);
  expect([bars[0]?.first, bars.at(-1)?.last]).toEqual(["2026-02-17", "2026-03-02"]);
  const day = bars.at(-2);
  expect(day).toMatchObject({ first: "2026-03-01", last: "2026-03-01", total: 8 });
  expect(day?.parts.map(({ user, changes }) => [user.id, changes])).toEqual([
    ["grace", 5],
    ["ada", 3],
  ]);
  expect(barsOf([], "2026-03-02").every(({ total }) => total === 0)).toBe(true);
});

test("what does not fit as days is weeks, and then months, and nothing is lost", () => {
  const counts = [count("2026-03-02", "ada", 1), count("2026-01-01", "ada", 2)];
  const weeks = barsOf(counts, "2026-03-02");
  expect(weeks.length).toBeLessThanOrEqual(31);
  expect(weeks.at(-1)).toMatchObject({ first: "2026-02-24", last: "2026-03-02", total: 1 });
  expect(weeks.reduce((sum, { total }) => sum + total, 0)).toBe(3);
  const months = barsOf([...counts, count("2024-11-30", "ada", 4)], "2026-03-02");
  expect([months[0]?.first, months[0]?.last, months[0]?.total]).toEqual(["2024-11-01", "2024-11-30", 4]);
  expect(months.at(-1)).toMatchObject({ first: "2026-03-01", last: "2026-03-31", total: 1 });
  expect(months).toHaveLength(17);
});

test("bars follow each other without gaps", () => {
  for (const oldest of ["2026-03-02", "2026-02-01", "2025-12-31", "2021-02-28"]) {
    const bars = barsOf([count(oldest, "ada", 1)], "2026-03-02");
    for (const [place, { first }] of bars.entries()) {
      const before = bars[place - 1];
      if (before) expect(Date.parse(first) - Date.parse(before.last)).toBe(86_400_000);
    }
    expect(bars.reduce((sum, { total }) => sum + total, 0)).toBe(1);
  }
});

test("a change of tomorrow, by a clock ahead of ours, is counted", () => {
  expect(barsOf([count("2026-03-03", "ada", 2)], "2026-03-02").at(-1)).toMatchObject({ last: "2026-03-03", total: 2 });
});

test("the highest bar has the whole height, and the lowest can be seen", () => {
  const [high, low] = [[count("2026-03-02", "ada", 1_000)], [count("2026-03-02", "ada", 1)]].map((counts) =>
    barsOf(counts, "2026-03-02").at(-1),
  );
  expect(heights(high!, 1_000, 40)).toEqual([40]);
  expect(heights(low!, 1_000, 40)).toEqual([3]);
  expect(heights({ ...low!, total: 0, parts: [] }, 0, 40)).toEqual([]);
});

test("people are those who changed something, who did most first", () => {
  const counts = [count("2026-03-02", "ada", 1), count("2026-03-01", "grace", 2), count("2026-02-01", "ada", 2)];
  expect(peopleIn(counts).map(({ id }) => id)).toEqual(["ada", "grace"]);
});
