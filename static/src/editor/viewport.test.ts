import fc from "fast-check";
import { expect, test } from "vitest";
import { approached, fitted, near, scrollTo, viewportOf } from "./viewport";

const DESKTOP = { width: 1280, height: 750 };
const PHONE = { width: 375, height: 690 };

test("a viewport is the scene point in the middle of the window, and back", () => {
  const scroll = { scrollX: -100, scrollY: 50, zoom: 2 };
  const viewport = viewportOf(scroll, DESKTOP);
  expect(viewport).toEqual({ x: 420, y: 137.5, zoom: 2, ...DESKTOP });
  expect(scrollTo(viewport, DESKTOP)).toEqual(scroll);
});

test("a window of the same size shows the same", () => {
  const viewport = viewportOf({ scrollX: 7, scrollY: 8, zoom: 0.5 }, DESKTOP);
  expect(scrollTo(fitted(viewport, DESKTOP), DESKTOP)).toEqual({ scrollX: 7, scrollY: 8, zoom: 0.5 });
});

test("a phone shows all of what a desktop sees, around the same middle", () => {
  const seen = viewportOf({ scrollX: 0, scrollY: 0, zoom: 1 }, DESKTOP);
  const shown = fitted(seen, PHONE);
  expect([shown.x, shown.y]).toEqual([seen.x, seen.y]);
  expect(PHONE.width / shown.zoom).toBeGreaterThanOrEqual(DESKTOP.width - 1e-9);
  expect(PHONE.height / shown.zoom).toBeGreaterThanOrEqual(DESKTOP.height - 1e-9);
});

test("whoever does not say the size of the window is followed at the same zoom, within the component's limits", () => {
  expect(fitted({ x: 1, y: 2, zoom: 3 }, PHONE)).toEqual({ x: 1, y: 2, zoom: 3 });
  expect(fitted({ x: 1, y: 2, zoom: 900 }, PHONE).zoom).toBe(30);
  expect(fitted({ x: 1, y: 2, zoom: 0.0001 }, PHONE).zoom).toBe(0.1);
});

test("an approach comes nearer with every step and ends at its goal", () => {
  const place = fc.record({
    x: fc.integer({ min: -1e6, max: 1e6 }),
    y: fc.integer({ min: -1e6, max: 1e6 }),
    zoom: fc.double({ min: 0.1, max: 30, noNaN: true }),
  });
  fc.assert(
    fc.property(place, place, fc.integer({ min: 1, max: 100 }), (from, goal, ms) => {
      let current = from;
      let distance = Math.hypot(from.x - goal.x, from.y - goal.y);
      for (let passed = 0; passed < 3_000; passed += ms) {
        current = approached(current, goal, ms);
        const left = Math.hypot(current.x - goal.x, current.y - goal.y);
        expect(left).toBeLessThanOrEqual(distance);
        distance = left;
      }
      expect(near(current, goal)).toBe(true);
    }),
  );
});
