import { expect, test } from "vitest";
import { t } from ".";

test("the English text is its own key", () => {
  expect(t("Saved. Nothing waits: {{count}}", { count: 0 })).toBe("Saved. Nothing waits: 0");
});
