import { expect, test } from "vitest";
import { componentLanguage, loadLanguage, locale, spoken, t } from ".";

test("the English text is its own key", () => {
  expect(t("Saved. Nothing waits: {{count}}", { count: 0 })).toBe("Saved. Nothing waits: 0");
});

test.each([
  ["ja", "ja"],
  ["ja-JP", "ja"],
  ["EN-gb", "en"],
  ["xx", "en"],
  ["", "en"],
  ["constructor", "en"],
])("the page's language %j is spoken as %s", (tag, language) => {
  expect(spoken(tag)).toBe(language);
});

test("a language is loaded with the component's name for it, and what it lacks stays English", async () => {
  await loadLanguage("ja");
  expect([locale(), componentLanguage()]).toEqual(["ja", "ja-JP"]);
  expect(t("No language has this sentence, {{name}}.", { name: "Ada" })).toBe("No language has this sentence, Ada.");
  await loadLanguage("xx");
  expect([locale(), componentLanguage()]).toEqual(["en", "en"]);
});
