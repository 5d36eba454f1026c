import { afterEach, expect, test } from "vitest";
import { loadLanguage } from "../i18n";
import { dayWords, momentWords, rangeWords } from "./times";

const NOW = new Date(2026, 2, 2, 15, 30).getTime();

afterEach(() => loadLanguage("en"));

test("days near now have names, others a date, and those of another year the year", async () => {
  expect(dayWords("2026-03-02", NOW)).toBe("Today");
  expect(dayWords("2026-03-01", NOW)).toBe("Yesterday");
  expect(dayWords("2026-02-28", NOW)).toBe("Saturday, February 28");
  expect(dayWords("2025-12-31", NOW)).toBe("Wednesday, December 31, 2025");
  await loadLanguage("ja");
  expect(dayWords("2026-03-01", NOW)).toBe("昨日");
  expect(dayWords("2026-02-28", NOW)).toBe("2月28日土曜日");
});

test("a moment is its day and its time", () => {
  expect(momentWords(NOW, NOW)).toMatch(/^Today, 0?3:30\sPM$/);
});

test("a range of one day is that day", () => {
  expect(rangeWords("2026-03-02", "2026-03-02")).toBe("Mar 2");
  expect(rangeWords("2026-02-24", "2026-03-02")).toMatch(/^Feb 24\s–\sMar 2$/);
});
