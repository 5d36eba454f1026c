import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Activity, ActivityWatch, AWAY_MS, IDLE_MS } from "./activity";

let told: Activity[];
let watch: ActivityWatch;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  watch = new ActivityWatch((activity) => told.push(activity), Date.now);
});

afterEach(() => {
  watch.stop();
  vi.useRealTimers();
});

test("without input one is idle after a minute and away after five, and back with the next input", () => {
  vi.advanceTimersByTime(IDLE_MS - 1);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(told).toEqual(["idle"]);
  vi.advanceTimersByTime(AWAY_MS - IDLE_MS);
  expect(told).toEqual(["idle", "away"]);
  watch.touched();
  expect(told).toEqual(["idle", "away", "active"]);
  vi.advanceTimersByTime(IDLE_MS);
  expect(told.at(-1)).toBe("idle");
});

test("input keeps one active without a word", () => {
  for (let i = 0; i < 20; i++) {
    vi.advanceTimersByTime(IDLE_MS / 2);
    watch.touched();
  }
  expect(told).toEqual([]);
});

test("a hidden tab is away at once, and active when seen again", () => {
  watch.setHidden(true);
  expect(told).toEqual(["away"]);
  vi.advanceTimersByTime(AWAY_MS * 2);
  watch.setHidden(false);
  expect(told).toEqual(["away", "active"]);
});
