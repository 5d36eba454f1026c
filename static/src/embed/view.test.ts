import { expect, test } from "vitest";
import { fit, pan, parseBox, viewBox, zoomAt } from "./view";

const WINDOW = { width: 800, height: 600 };

test("all of a drawing is in the middle of the window", () => {
  expect(viewBox(fit({ x: -100, y: 0, width: 1600, height: 300 }, WINDOW), WINDOW)).toBe(
    "-100.00 -450.00 1600.00 1200.00",
  );
});

test("a small drawing is not blown up", () => {
  expect(fit({ x: 0, y: 0, width: 10, height: 10 }, WINDOW).scale).toBe(1.5);
});

test("zooming keeps the point under the hand, and has bounds", () => {
  const view = { x: 10, y: 20, scale: 2 };
  const at = { x: 300, y: 200 };
  const closer = zoomAt(view, 3, at);
  expect(closer.x + at.x / closer.scale).toBeCloseTo(view.x + at.x / view.scale);
  expect(closer.y + at.y / closer.scale).toBeCloseTo(view.y + at.y / view.scale);
  expect(zoomAt(view, 1e9, at).scale).toBe(20);
  expect(zoomAt(view, 0, at).scale).toBe(0.02);
});

test("dragging moves the picture as far as the hand", () => {
  expect(pan({ x: 0, y: 0, scale: 2 }, 10, -20)).toEqual({ x: -5, y: 10, scale: 2 });
});

test("a box that cannot be read is some box", () => {
  expect(parseBox("1 2 3 4")).toEqual({ x: 1, y: 2, width: 3, height: 4 });
  expect(parseBox("a b c d")).toEqual(parseBox(null));
});
