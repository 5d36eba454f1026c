import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SeenReporter } from "./seen";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function joined(): { seen: SeenReporter; reports: number[] } {
  const reports: number[] = [];
  const seen = new SeenReporter((seq) => reports.push(seq));
  seen.joined(10);
  reports.length = 0;
  return { seen, reports };
}

test("many bytes are reported at once, and counted anew after each report", () => {
  const { seen, reports } = joined();
  for (const seq of [11, 12, 13, 14, 15, 16, 17]) {
    seen.arrived(90 * 1024);
    seen.read(seq);
  }
  expect(reports).toEqual([13, 16]);
  vi.advanceTimersByTime(1_000);
  expect(reports).toEqual([13, 16, 17]);
});

test("many commits are reported at once, few within a second", () => {
  const { seen, reports } = joined();
  for (let seq = 11; seq <= 61; seq++) seen.read(seq);
  expect(reports).toEqual([60]);
  vi.advanceTimersByTime(1_000);
  expect(reports).toEqual([60, 61]);
});

test("what came with the state does not count against the deltas", () => {
  const { seen, reports } = joined();
  seen.arrived(5_000_000);
  seen.joined(20);
  seen.arrived(10);
  seen.read(21);
  expect(reports).toEqual([20]);
});
