import { expect, test } from "vitest";
import { inkOn } from "./ink";

test("letters on a colour can be read", () => {
  expect(["#1971c2", "#9c36b5", "#ffec99", "#e8590c", "#fff", "red"].map(inkOn)).toEqual([
    "#ffffff",
    "#ffffff",
    "#000000",
    "#000000",
    "#000000",
    "#ffffff",
  ]);
});
