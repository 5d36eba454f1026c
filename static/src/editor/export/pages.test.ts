import fc from "fast-check";
import { expect, test } from "vitest";
import { fileName, inReadingOrder, MAX_PIXELS, MAX_SIDE, possibleScale } from "./pages";

const frame = (id: string, x: number, y: number) => ({ id, x, y, width: 100, height: 80 });

test("frames are read row by row, though nobody places them exactly", () => {
  const frames = [frame("d", 150, 210), frame("b", 120, -6), frame("c", 3, 200), frame("a", 0, 4)];
  expect(inReadingOrder(frames).map(({ id }) => id)).toEqual(["a", "b", "c", "d"]);
});

test("each frame is a page once, also without height", () => {
  const box = fc.record({ x: fc.integer(), y: fc.integer(), width: fc.nat(), height: fc.nat() });
  fc.assert(
    fc.property(fc.array(box, { maxLength: 12 }), (frames) => {
      expect(new Set(inReadingOrder(frames))).toEqual(new Set(frames));
    }),
  );
});

test("a picture is never larger than what a browser draws", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e7 }), fc.integer({ min: 1, max: 1e7 }), (width, height) => {
      const scale = possibleScale(width, height, 3);
      expect(scale).toBeLessThanOrEqual(3);
      expect(Math.max(width, height) * scale).toBeLessThanOrEqual(MAX_SIDE * 1.0001);
      expect(width * height * scale * scale).toBeLessThanOrEqual(MAX_PIXELS * 1.0001);
    }),
  );
  expect(possibleScale(1000, 800, 3)).toBe(3);
});

test("a file's name has nothing that a system reads otherwise", () => {
  expect(fileName("A/B: “plan”?", "png")).toBe("A_B_ “plan”_.png");
  expect(fileName("...", "svg")).toBe("canvas.svg");
  expect(fileName("計画", "pdf")).toBe("計画.pdf");
});
