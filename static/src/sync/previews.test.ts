import { expect, test } from "vitest";
import { PREVIEW_GRACE_MS, PREVIEW_SILENCE_MS, RemotePreviews } from "./previews";

const preview = (gesture: string, id = "e") => ({
  gesture,
  ops: [{ op: "update" as const, id, set: { "position.x": 1 } }],
});

test("a preview lies there until its end", () => {
  const previews = new RemotePreviews();
  expect([...previews.set("c", preview("g"), 0)]).toEqual(["e"]);
  expect(previews.opsOf("e")).toHaveLength(1);
  expect([...previews.set("c", null, 1)]).toEqual(["e"]);
  expect(previews.opsOf("e")).toEqual([]);
});

test("a new preview of a client replaces its last, and both are shown anew", () => {
  const previews = new RemotePreviews();
  previews.set("c", preview("g", "e"), 0);
  expect([...previews.set("c", preview("g", "f"), 1)].sort()).toEqual(["e", "f"]);
  expect(previews.opsOf("e")).toEqual([]);
});

test("silence ends it", () => {
  const previews = new RemotePreviews();
  previews.set("c", preview("g"), 0);
  expect(previews.nextExpiry()).toBe(PREVIEW_SILENCE_MS);
  expect([...previews.expire(PREVIEW_SILENCE_MS - 1)]).toEqual([]);
  expect([...previews.expire(PREVIEW_SILENCE_MS)]).toEqual(["e"]);
});

test("a delta of its gesture ends it, unless the hand moves on", () => {
  const previews = new RemotePreviews();
  previews.set("c", preview("g"), 0);
  previews.settle("other", 10);
  expect(previews.nextExpiry()).toBe(PREVIEW_SILENCE_MS);
  previews.settle("g", 10);
  expect(previews.nextExpiry()).toBe(10 + PREVIEW_GRACE_MS);
  previews.set("c", preview("g"), 20);
  expect(previews.nextExpiry()).toBe(20 + PREVIEW_SILENCE_MS);
});
