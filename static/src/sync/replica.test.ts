import { expect, test } from "vitest";
import type { Commit, Op } from "../protocol/messages";
import { fingerprint } from "./digest";
import { Gap, Replica } from "./replica";
import { createRectangle, element } from "./testing/build";
import { seed, textOp } from "./text";

function loaded(): Replica {
  const replica = new Replica();
  replica.takeState({ type: "state", seq: 10, elements: [element()], part: 1, parts: 1 });
  return replica;
}

function commit(seq: number, ops: Op[], versions: Record<string, number>, compacted = false): Commit {
  const entries = [{ client: "c", user: "u", intent: 1, ops }];
  return { seq, at: "2026-01-01T00:00:00Z", entries, versions, ...(compacted ? { compacted } : {}) };
}

test("a state comes in parts and replaces what stood", () => {
  const replica = loaded();
  const elements = [element({ id: "f", version: 3 })];
  expect(replica.takeState({ type: "state", seq: 11, elements, part: 1, parts: 2 })).toBe(false);
  expect(replica.get("e")).toBeDefined();
  expect(replica.takeState({ type: "state", seq: 11, elements: [], part: 2, parts: 2 })).toBe(true);
  expect(replica.get("e")).toBeUndefined();
  expect(replica.digest).toBe(fingerprint("f", 3));
});

test("a commit moves state, seq, versions and digest", () => {
  const replica = loaded();
  const touched = replica.applyCommit(commit(11, [createRectangle("f"), { op: "delete", id: "e" }], { e: 2, f: 1 }));
  expect([...touched].sort()).toEqual(["e", "f"]);
  expect(replica.seq).toBe(11);
  expect(replica.digest).toBe(fingerprint("f", 1));
});

test("of a text the server has the last word", () => {
  const text = { ...element({ id: "t", properties: { text: "ab" } }), type: "text" };
  const op = textOp(text, "abc", 7);
  if (!op) throw new Error("nothing was typed");
  const replica = loaded();
  replica.takeState({ type: "state", seq: 10, elements: [text], part: 1, parts: 1 });
  expect(() => replica.applyCommit(commit(11, [{ ...op, text: "another" }], { t: 2 }))).toThrow(Gap);
  expect(replica.seq).toBe(10);
  replica.applyCommit(commit(11, [{ ...op, text: "abc" }], { t: 2 }));
  expect(replica.get("t")?.properties).toEqual({ text: "abc" });
});

test("a compacted commit brings the whole state of a text, also to who has another one", () => {
  const text = { ...element({ id: "t", properties: { text: "quite another" } }), type: "text" };
  const replica = loaded();
  replica.takeState({ type: "state", seq: 10, elements: [text], part: 1, parts: 1 });
  replica.applyCommit(commit(90, [{ op: "text", id: "t", update: seed("ab"), text: "ab" }], { t: 9 }, true));
  const now = replica.get("t");
  expect(now?.properties).toEqual({ text: "ab" });
  const op = now && textOp(now, "abc", 7);
  replica.applyCommit(commit(91, op ? [{ ...op, text: "abc" }] : [], { t: 10 }));
  expect(replica.get("t")?.properties).toEqual({ text: "abc" });
});

test("what we have already changes nothing", () => {
  const replica = loaded();
  expect(replica.applyCommit(commit(10, [{ op: "delete", id: "e" }], { e: 2 })).size).toBe(0);
  expect(replica.get("e")?.deleted).toBe(false);
});

test("a gap or a commit that does not apply is told, and nothing of it is done", () => {
  const replica = loaded();
  expect(() => replica.applyCommit(commit(12, [], {}))).toThrow(Gap);
  const bad = commit(
    11,
    [
      { op: "delete", id: "e" },
      { op: "delete", id: "nobody" },
    ],
    { e: 2 },
  );
  expect(() => replica.applyCommit(bad)).toThrow(Gap);
  expect(replica.get("e")?.deleted).toBe(false);
  expect(replica.seq).toBe(10);
});

test("a compacted commit may jump, and create what stands", () => {
  const replica = loaded();
  replica.applyCommit(commit(50, [createRectangle("e", { note: "n" })], { e: 9 }, true));
  expect(replica.seq).toBe(50);
  expect(replica.get("e")).toMatchObject({ version: 9, properties: { note: "n" } });
});

test("a compacted commit may delete what we never had", () => {
  const replica = loaded();
  replica.applyCommit(commit(50, [{ op: "delete", id: "unknown" }], { unknown: 3 }, true));
  expect(replica.seq).toBe(50);
  expect(replica.get("unknown")).toBeUndefined();
});

test("a restore brings back what the state left out", () => {
  const replica = loaded();
  const audit = { created_by: "u", updated_by: "u", updated_at: "2026-01-01T00:00:00Z", seq: 9 };
  const gone = { ...element({ id: "f", version: 4, deleted: true, properties: { note: "n" } }), ...audit };
  replica.applyCommit(commit(11, [{ op: "restore", id: "f", element: gone }], { f: 5 }));
  expect(replica.get("f")).toMatchObject({ deleted: false, version: 5, properties: { note: "n" } });
});
