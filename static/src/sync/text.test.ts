import { expect, test } from "vitest";
import fixtures from "../../../tests/fixtures/text.json";
import type { CanvasElement } from "../protocol/messages";
import { element } from "./testing/build";
import { applyText, plainText, replacement, seed, textOp } from "./text";

function written(text: string, changes: Partial<CanvasElement> = {}): CanvasElement {
  return element({ type: "text", properties: { text }, ...changes });
}

test.each(fixtures.seeds)("everyone seeds alike: $plain", ({ plain, state }) => {
  expect(seed(plain)).toBe(state);
});

interface Merge {
  name: string;
  plain: string;
  ytext?: string;
  update: string;
  text?: string;
  refused?: string;
}

const merges: Merge[] = fixtures.merges;

test.each(merges.filter((merge) => merge.text !== undefined))("merges: $name", ({ plain, ytext, update, text }) => {
  const after = applyText(written(plain, ytext === undefined ? {} : { ytext }), update);
  expect(after?.properties).toEqual({ text });
});

test.each(merges.filter((merge) => merge.refused === "conflict"))(
  "does not merge what builds on something else: $name",
  ({ plain, update }) => {
    expect(applyText(written(plain), update)).toBeUndefined();
  },
);

test.each(fixtures.edits)("replaces what differs: $old, $now", ({ old, now, ...expected }) => {
  expect(replacement(old, now)).toEqual(expected);
  const op = textOp(written(old), now, 7);
  if (old === now) expect(op).toBeUndefined();
  else expect(op && plainText(applyText(written(old), op.update) ?? written("?"))).toBe(now);
});

test("halves of characters are replaced as Yjs does", () => {
  const op = textOp(written(""), "a\ud83d", 7);
  expect(op && applyText(written(""), op.update)?.properties).toEqual({ text: "a\ufffd" });
});

test("an older program's text is the one that was typed", () => {
  const old = written("bro\nken", { properties: { text: "bro\nken", originalText: "broken" } });
  const op = textOp(old, "broken.", 7);
  expect(op && applyText(old, op.update)?.properties).toEqual({ text: "broken." });
});
