import { expect, test } from "vitest";
import { AIM_INTENT_BYTES, jsonBytes, MAX_OPS, split } from "./limits";
import { createRectangle } from "./testing/build";

test("few ops stay together", () => {
  const ops = [createRectangle("a"), createRectangle("b")];
  expect(split(ops)).toEqual([ops]);
  expect(split([])).toEqual([]);
});

test("no part has too many ops, and none is lost or moved", () => {
  const ops = Array.from({ length: 2_500 }, (_, i) => createRectangle(`e${i}`));
  const parts = split(ops);
  expect(parts.map((part) => part.length)).toEqual([MAX_OPS, MAX_OPS, 500]);
  expect(parts.flat()).toEqual(ops);
});

test("no part is too large", () => {
  const note = "ü".repeat(60_000);
  const parts = split(Array.from({ length: 10 }, (_, i) => createRectangle(`e${i}`, { note })));
  expect(parts.length).toBeGreaterThan(1);
  for (const part of parts) expect(jsonBytes(part)).toBeLessThanOrEqual(AIM_INTENT_BYTES + 2);
});

test("bytes are counted as UTF-8", () => {
  for (const text of ["plain", "é", "字", "🙂", 'a"b\n']) {
    expect(jsonBytes(text)).toBe(new TextEncoder().encode(JSON.stringify(text)).length);
  }
});
