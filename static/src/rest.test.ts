import { expect, test } from "vitest";
import { refusalInWords } from "./rest";

test("a refusal's words are those of the first field, else of the whole, else none", () => {
  const detail = "The request is not valid.";
  expect(refusalInWords({ detail, errors: { origins: ["Not a website.", "Too long."] } })).toBe("Not a website.");
  expect(refusalInWords({ detail, errors: {} })).toBe(detail);
  expect(refusalInWords({ detail })).toBe(detail);
  for (const nothing of [null, "<html>", 502, [], {}]) expect(refusalInWords(nothing)).toBe("");
});
