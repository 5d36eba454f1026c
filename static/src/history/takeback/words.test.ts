import { expect, test } from "vitest";
import { Unreachable } from "../../rest";
import { Problem, type Restored } from "../rest";
import { peopleOf, standing } from "./conflicts";
import { aspectsInWords, effectsOf, namesInWords, refusalInWords, takenBackInWords, undoneInWords } from "./words";

const done = (revived: number, changed: number, removed: number): Restored => ({
  ...{ first_seq: 3, seq: 4, gesture: "g" },
  ...{ revived, changed, removed },
});
const problem = (code: string, detail = ""): Problem => new Problem(422, code, detail, {});
const ADA = { id: "a", name: "Ada", color: null };
const GRACE = { id: "g", name: "Grace", color: null };
const conflict = (element: string, path: string | null, user: typeof ADA, seq: number) => ({
  ...{ element, path, user, seq },
  at: `2026-03-02T12:00:0${seq}Z`,
});

test("what it would do is told in three lines at most", () => {
  expect(effectsOf(done(1, 2, 0)).map(({ text }) => text)).toEqual(["1 object comes back", "2 objects change back"]);
  expect(effectsOf(done(0, 0, 0))).toEqual([]);
});

test("newer work is a line for each object and person, the newest first", () => {
  const lines = standing([
    conflict("e1", "position.x", GRACE, 3),
    conflict("e1", "position.y", GRACE, 4),
    conflict("e1", "properties.strokeColor", ADA, 5),
    conflict("e2", null, GRACE, 2),
  ]);
  expect(lines.map(({ element, user, paths, seq }) => [element, user.name, paths.length, seq])).toEqual([
    ["e1", "Ada", 1, 5],
    ["e1", "Grace", 2, 4],
    ["e2", "Grace", 0, 2],
  ]);
  expect(lines[1]?.at).toBe("2026-03-02T12:00:04Z");
  expect(peopleOf(lines)).toEqual([GRACE, ADA]);
});

test("properties are told by what they are about", () => {
  expect(aspectsInWords(["position.x", "position.y", "properties.strokeColor"])).toBe("position, colour");
});

test("names", () => {
  expect(namesInWords(["Ada", "Grace"])).toBe("Ada and Grace");
  expect(namesInWords(["A", "B", "C", "D"])).toBe("A, B and 2 more");
});

test("what was done, and what was left", () => {
  expect(takenBackInWords(done(1, 1, 1), 0)).toBe("Taken back on 3 objects.");
  expect(takenBackInWords(done(0, 1, 0), 2)).toBe("Taken back on 1 object. Newer work of others stands on 2.");
  expect(takenBackInWords(done(0, 0, 0), 2)).toBe("There was nothing to take back.");
});

test("a refusal is told in words of this canvas", () => {
  expect(refusalInWords(problem("limit"))).toMatch(/canvas is full/);
  expect(refusalInWords(problem("conflict"))).toMatch(/Others are changing/);
  expect(refusalInWords(problem("odd", "The server's words."))).toBe("The server's words.");
  expect(refusalInWords(new Unreachable())).toBe("The server cannot be reached.");
  expect(refusalInWords(new TypeError("x"))).toBe("That did not work.");
  expect(refusalInWords(problem("too_much"))).toMatch(/more than can be told/);
  expect(refusalInWords(problem("forgotten"))).toMatch(/longer ago/);
  expect(undoneInWords(problem("limit"), true)).toMatch(/full.*in the timeline/);
});
