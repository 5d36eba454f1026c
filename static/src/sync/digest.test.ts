import { expect, test } from "vitest";
import { fingerprint, fnv1a } from "./digest";

test.each([
  ["", 0x811c9dc5],
  ["a", 0xe40c292c],
  ["foobar", 0xbf9cf968],
])("FNV-1a 32 of %j", (text, hash) => {
  expect(fnv1a(text)).toBe(hash);
});

test("the id counts as UTF-8", () => {
  expect(fingerprint("é", 1)).toBe(fnv1a("é:1"));
  expect(fnv1a("é")).not.toBe(fnv1a("e"));
});
