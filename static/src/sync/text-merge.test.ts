import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { movedOffset, rebased, withoutEdits } from "./text-merge";

const text = fc
  .array(fc.constantFrom("a", "b", "c", " ", "é", "😀", "字"), { maxLength: 30 })
  .map((list) => list.join(""));

describe("taking one's typing out of a text", () => {
  test.each([
    ["one", "one two", "one two", "one"],
    ["one", "one two", "zero one two three", "zero one three"],
    ["hello", "hello-world", "hello brave-world", "hello brave"],
    ["keep this", "keep", "keep!", "keep this!"],
    ["abc", "", "x", "abcx"],
    ["", "mine", "mine and yours", " and yours"],
    ["", "😀", "😁😀", "😁"],
  ])("%j became %j, and is %j now", (before, after, current, expected) => {
    expect(withoutEdits(current, [{ before, after }])).toBe(expected);
  });

  test("nobody else typed: the text is as before, whatever the edits", () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 2, maxLength: 6 }), (states) => {
        const edits = states.slice(1).map((after, i) => ({ before: states[i] as string, after }));
        expect(withoutEdits(states[states.length - 1] as string, edits)).toBe(states[0]);
      }),
    );
  });

  test("every character of others stays, in order, and none of one's own", () => {
    const mine = fc.array(fc.record({ at: fc.nat(), run: fc.constantFrom("A", "BC", "DEF") }), { maxLength: 6 });
    const theirs = fc.array(fc.record({ at: fc.nat(), run: fc.constantFrom("x", "yz", "w😀") }), { maxLength: 6 });
    fc.assert(
      fc.property(
        fc.constantFrom("", "one", "1 2 3"),
        mine,
        theirs,
        fc.array(fc.boolean()),
        (start, own, other, turns) => {
          const edits: { before: string; after: string }[] = [];
          let now: string = start;
          const put = ({ at, run }: { at: number; run: string }): string => {
            const place = [...now];
            place.splice(at % (place.length + 1), 0, run);
            return place.join("");
          };
          const [a, b] = [[...own], [...other]];
          for (const turn of [...turns, ...own.map(() => true), ...other.map(() => false)]) {
            const next = turn ? a.shift() : b.shift();
            if (!next) continue;
            const after = put(next);
            if (turn) edits.push({ before: now, after });
            now = after;
          }
          const result = withoutEdits(now, edits);
          expect(result).toBe([...now].filter((character) => !/[A-F]/.test(character)).join(""));
        },
      ),
      { numRuns: 500 },
    );
  });

  test("a text replaced beyond comparing is still taken back in bounded time", () => {
    const [before, after, current] = ["a".repeat(50_000), "b".repeat(50_000), "c".repeat(50_000)];
    const started = performance.now();
    expect(withoutEdits(current, [{ before, after }])).toHaveLength(100_000);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

test.each([
  ["hello", "hello world", 5, 5],
  ["world", "hello world", 0, 0],
  ["world", "hello world", 2, 8],
  ["one two", "two", 2, 0],
  ["one two", "two", 5, 1],
  ["a😀b", "xa😀b", 3, 4],
])("in %j, now %j, the caret at %i is at %i", (before, after, offset, expected) => {
  expect(movedOffset(before, after, offset)).toBe(expected);
});

test("two people's typing is joined whole", () => {
  expect(rebased("one TWO three", "one three", "zero one three four")).toBe("zero one TWO three four");
});
