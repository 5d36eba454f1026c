/** The catalogues against the sources: what is said is in them, what is in them is said. */

import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import plurals from "./en.json";
import japanese from "./ja.json";
import { uses, usesIn } from "./sources";

const found = uses(fileURLToPath(new URL("..", import.meta.url)));
const keys = new Set(found.map((use) => use.key));
const english: Record<string, string> = plurals;

test.each(Object.entries({ ja: japanese as Record<string, string> }))("%s: every text is in it", (_, texts) => {
  expect([...keys].filter((key) => key !== null && !Object.hasOwn(texts, key))).toEqual([]);
});

test.each(Object.entries({ ja: japanese as Record<string, string> }))(
  "%s: nothing is left over or empty",
  (_, texts) => {
    expect(Object.keys(texts).filter((key) => !keys.has(key))).toEqual([]);
    expect(Object.keys(texts).filter((key) => !texts[key]?.trim())).toEqual([]);
  },
);

test.each(Object.entries({ ja: japanese as Record<string, string> }))(
  "%s: placeholders are the text's own",
  (_, texts) => {
    expect(Object.entries(texts).filter(([key, text]) => names(key) !== names(text))).toEqual([]);
  },
);

test("every text for people is a literal", () => {
  expect(found.filter((use) => use.key === null).map((use) => use.place)).toEqual([]);
});

test("no text is said while its module loads, before the language is there", () => {
  expect(found.filter((use) => use.tooEarly).map((use) => use.place)).toEqual([]);
});

test("every text with a count says in en.json what one is, and only those", () => {
  const wanted = found
    .filter((use) => use.plural && names(use.key ?? "").includes("count"))
    .map((use) => `${use.key}_one`);
  expect(Object.keys(english).sort()).toEqual([...new Set(wanted)].sort());
});

test("the sources are searched as they should be", () => {
  const code = `
    const early = t("early");
    export const Part = ({ n }) => <b title={t("a" + "b")}>{t("{{count}} things", { count: n })}</b>;
    function late(x) { return [t(x), t(\`plain\`), other.t("not ours")]; }`;
  expect(usesIn("part.tsx", code).map(({ key, plural, tooEarly }) => [key, plural, tooEarly])).toEqual([
    ["early", false, true],
    ["ab", false, false],
    ["{{count}} things", true, false],
    [null, false, false],
    ["plain", false, false],
  ]);
});

function names(text: string): string {
  return [...text.matchAll(/{{\s*(\w+)/g)]
    .map((match) => match[1])
    .sort()
    .join();
}
