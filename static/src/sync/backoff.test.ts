import { expect, test } from "vitest";
import { backoffMs } from "./backoff";

test("waits double up to a limit, with jitter", () => {
  expect([0, 1, 2].map((attempt) => backoffMs(attempt, () => 1))).toEqual([400, 800, 1600]);
  expect(backoffMs(50, () => 1)).toBe(15_000);
  expect(backoffMs(3, () => 0)).toBe(backoffMs(3, () => 1) / 2);
});
