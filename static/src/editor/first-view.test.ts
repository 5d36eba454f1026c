import { expect, test } from "vitest";
import { firstView } from "./first-view";

const box = (x: number, y: number) => ({ x, y, width: 10, height: 10 });

test("a canvas that is not large is shown whole", () => {
  const elements = [box(0, 0), box(90_000, 0)];
  expect(firstView(elements)).toEqual(elements);
});

test("of a large canvas the part around the middle is shown, wherever a stray shape lies", () => {
  const grid = Array.from({ length: 10_000 }, (_, i) => box((i % 100) * 20, Math.floor(i / 100) * 20));
  const view = firstView([...grid, box(1e9, 1e9)]);
  expect(view.length).toBeLessThan(2_000);
  const xs = view.map(({ x }) => x);
  const ys = view.map(({ y }) => y);
  expect(Math.min(...xs, ...ys)).toBeGreaterThan(400);
  expect(Math.max(...xs, ...ys)).toBeLessThan(1_600);
});
