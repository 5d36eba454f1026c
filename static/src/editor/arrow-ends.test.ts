import fc from "fast-check";
import { expect, test } from "vitest";
import { type Box, centre, endOn } from "./arrow-ends";

const box = (changes: Partial<Box> = {}): Box => ({
  type: "rectangle",
  x: 0,
  y: 0,
  width: 100,
  height: 60,
  angle: 0,
  ...changes,
});

test.each([
  ["at the outline", [105, 30], undefined],
  ["a little inside", [90, 30], undefined],
  ["in the air", [300, 30], [105, 30]],
  ["below, in the air", [50, 200], [105, 30]],
])("an end %s", (_, end, expected) => {
  const found = endOn(box(), 5, end as [number, number], [500, 30]);
  if (expected === undefined) expect(found).toBeUndefined();
  else expect(found?.map(Math.round)).toEqual(expected);
});

test("a turned shape's end is on its turned outline", () => {
  const found = endOn(box({ angle: Math.PI / 2 }), 0, [900, 900], [50, 900]);
  expect(found?.map(Math.round)).toEqual([50, 80]);
});

test("an end that was put right stays, whatever the shape", () => {
  const number = fc.integer({ min: -2_000, max: 2_000 });
  const any = fc.record({
    type: fc.constantFrom("rectangle", "ellipse", "diamond", "text"),
    x: number,
    y: number,
    width: fc.integer({ min: 20, max: 800 }),
    height: fc.integer({ min: 20, max: 800 }),
    angle: fc.double({ min: 0, max: 6.28, noNaN: true }),
  });
  let repaired = 0;
  fc.assert(
    fc.property(any, fc.nat(20), fc.tuple(number, number), fc.tuple(number, number), (shape, gap, end, towards) => {
      fc.pre(Math.hypot(towards[0] - centre(shape)[0], towards[1] - centre(shape)[1]) > 1);
      const put = endOn(shape, gap, end, towards);
      if (!put) return;
      repaired++;
      expect(put.every(Number.isFinite)).toBe(true);
      expect(endOn(shape, gap, put, towards)).toBeUndefined();
    }),
    { numRuns: 500 },
  );
  expect(repaired).toBeGreaterThan(100);
});
