import { expect, test } from "vitest";
import { isRedoKey, isUndoKey } from "./undo-keys";

const keys = (key: string, held = "", code = `Key${key.toUpperCase()}`) => ({
  key,
  code,
  ctrlKey: held.includes("c"),
  metaKey: held.includes("m"),
  shiftKey: held.includes("s"),
  altKey: held.includes("a"),
});

test.each([
  ["z", "c", "KeyZ", "undo"],
  ["z", "m", "KeyZ", "undo"],
  ["Z", "cs", "KeyZ", "redo"],
  ["Z", "ms", "KeyZ", "redo"],
  ["y", "c", "KeyY", "redo"],
  ["я", "c", "KeyZ", "undo"],
  // On a German keyboard the letters stand elsewhere: what is typed counts.
  ["z", "c", "KeyY", "undo"],
  ["y", "c", "KeyZ", "redo"],
  ["y", "m", "KeyY", "nothing"],
  ["z", "", "KeyZ", "nothing"],
  ["z", "ca", "KeyZ", "nothing"],
  ["z", "cm", "KeyZ", "nothing"],
  ["x", "c", "KeyX", "nothing"],
])("%s with %s at %s is %s", (key, held, code, meaning) => {
  const event = keys(key, held, code);
  expect(isUndoKey(event)).toBe(meaning === "undo");
  expect(isRedoKey(event)).toBe(meaning === "redo");
});
