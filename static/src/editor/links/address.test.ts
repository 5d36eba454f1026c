import fc from "fast-check";
import { expect, test } from "vitest";
import { formatPlace, parsePlace } from "./address";

test("an element, several, or a view", () => {
  expect(parsePlace("#element=a-1")).toEqual({ kind: "elements", ids: ["a-1"] });
  expect(parsePlace("#element=a,b_2")).toEqual({ kind: "elements", ids: ["a", "b_2"] });
  expect(parsePlace("#view=-10.5,20,0.5")).toEqual({ kind: "view", x: -10.5, y: 20, zoom: 0.5 });
});

test.each([
  ...["", "#", "#element=", "#element=<script>", "#view=", "#view=1,2", "#view=1,2,3,4", "#view=a,b,c"],
  ...["#view=Infinity,0,1", "#view=1e300,0,1", "#view=,,", "#other=1"],
])("%s asks for nothing", (hash) => {
  expect(parsePlace(hash)).toBeNull();
});

test("a zoom that the editor does not have becomes the nearest that it has", () => {
  expect(parsePlace("#view=0,0,1000")).toMatchObject({ zoom: 30 });
  expect(parsePlace("#view=0,0,-4")).toMatchObject({ zoom: 0.1 });
});

test("what is written is read again", () => {
  const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
  fc.assert(
    fc.property(fc.array(id, { minLength: 1, maxLength: 20 }), (ids) => {
      expect(parsePlace(formatPlace({ kind: "elements", ids }))).toEqual({ kind: "elements", ids });
    }),
  );
  const whole = fc.integer({ min: -1e9, max: 1e9 }).map((value) => value + 0);
  fc.assert(
    fc.property(whole, whole, fc.integer({ min: 1, max: 300 }), (x, y, tenths) => {
      const place = { kind: "view" as const, x, y, zoom: tenths / 10 };
      expect(parsePlace(formatPlace(place))).toEqual(place);
    }),
  );
});
