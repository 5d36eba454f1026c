import fc from "fast-check";
import { expect, test } from "vitest";
import { apart, between, inOrder, type Placed } from "./order";

test.each([
  ["a0", undefined],
  ["a0", "a1"],
  ["a0", "a0V"],
  ["a0", "a01"],
  ["a0V", "a0V1"],
  ["a0z", "a1"],
  ["Zz", "a0"],
  ["b00", "b01"],
  ["a0zz", "a0zzV"],
])("between %s and %s", (low, high) => {
  const made = between(low, high);
  expect(made > low).toBe(true);
  if (high !== undefined) expect(made < high).toBe(true);
  expect(made).not.toMatch(/^.{2,}0$/);
});

const index = fc
  .tuple(fc.constantFrom("a0", "a1", "Zz", "b01"), fc.stringMatching(/^[01Vz]{0,2}$/))
  .map(([integer, fraction]) => integer + fraction.replace(/0+$/, ""));

test("whatever is given, what is drawn is strictly in order, and the same in whatever order it came", () => {
  let repaired = 0;
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.record({ id: fc.stringMatching(/^[ab]{1,6}$/), index }), {
        selector: (p) => p.id,
        maxLength: 20,
      }),
      (all) => {
        const sorted = [...all].sort(inOrder);
        const drawn = apart(sorted);
        repaired += drawn.size;
        const indices = sorted.map((one) => drawn.get(one.id) ?? one.index);
        for (let i = 1; i < indices.length; i++) expect(indices[i]! > indices[i - 1]!).toBe(true);
        expect(apart([...all].reverse().sort(inOrder))).toEqual(drawn);
      },
    ),
    { numRuns: 500 },
  );
  expect(repaired).toBeGreaterThan(100);
});

test("what is in order already is left alone", () => {
  const all: Placed[] = [{ id: "b", index: "a0" }, { id: "a", index: "a1" }]; // prettier-ignore
  expect(apart(all).size).toBe(0);
});
