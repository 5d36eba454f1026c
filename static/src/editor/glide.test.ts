import fc from "fast-check";
import { expect, test } from "vitest";
import { Glide } from "./glide";

test("a cursor moves on evenly and arrives when the next word is due", () => {
  const glide = new Glide({ x: 0, y: 0 }, 0);
  expect(glide.moving(0)).toBe(false);
  glide.toward({ x: 100, y: -50 }, 50);
  expect(glide.at(50)).toEqual({ x: 0, y: 0 });
  expect(glide.at(75)).toEqual({ x: 50, y: -25 });
  expect(glide.at(100)).toEqual({ x: 100, y: -50 });
  expect(glide.moving(100)).toBe(false);
});

test("after a pause it does not take as long as the pause was", () => {
  const glide = new Glide({ x: 0, y: 0 }, 0);
  glide.toward({ x: 100, y: 0 }, 60_000);
  expect(glide.at(60_120)).toEqual({ x: 100, y: 0 });
});

test("the same word again does not hold it up", () => {
  const glide = new Glide({ x: 0, y: 0 }, 0);
  glide.toward({ x: 100, y: 0 }, 50);
  glide.toward({ x: 100, y: 0 }, 90);
  expect(glide.at(100).x).toBe(100);
});

test("it never jumps, never overshoots, and its lag does not grow, however the words come", () => {
  const word = fc.record({ after: fc.integer({ min: 1, max: 300 }), x: fc.integer({ min: -1000, max: 1000 }) });
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 40 }), (words) => {
      const glide = new Glide({ x: 0, y: 0 }, 0);
      let now = 0;
      let last = 0;
      for (const { after, x } of words) {
        now += after;
        const before = glide.at(now).x;
        glide.toward({ x, y: 0 }, now);
        expect(glide.at(now).x).toBeCloseTo(before, 6);
        const halfway = glide.at(now + 8).x;
        expect(halfway).toBeGreaterThanOrEqual(Math.min(before, x) - 1e-9);
        expect(halfway).toBeLessThanOrEqual(Math.max(before, x) + 1e-9);
        last = x;
      }
      expect(glide.at(now + 120).x).toBe(last);
    }),
  );
});
