import { expect, test } from "vitest";
import type { ChangeRecord, Version } from "./rest";
import { daysBetween, daysOf, entriesOf, entryAt, joined, localDate } from "./timeline";

let made = 0;

function change(fields: Partial<ChangeRecord> & { by?: string; seq?: number; at?: string }): ChangeRecord {
  const { by = "ada", seq = 1, at = "2026-03-02T10:00:00.000Z", ...rest } = fields;
  made += 1;
  return {
    id: `r${made}`,
    canvas: "c",
    element: `e${made}`,
    element_type: "rectangle",
    family: "shape",
    action: "update",
    user: { id: by, name: by, color: "#1971c2" },
    client: `${by}-tab`,
    gesture: null,
    first_seq: seq,
    last_seq: seq,
    from: at,
    to: at,
    changes: [],
    ...rest,
  };
}

function version(id: string, seq: number, at: string): Version {
  const user = { id: "ada", name: "Ada", color: null };
  return { id, name: id, description: "", seq, at, created_at: at, created_by: user };
}

const utc = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** Days as words: "2026-03-02: ada 2, [v1], grace 1". */
function told(days: ReturnType<typeof daysOf>): string[] {
  return days.map(({ date, blocks }) => {
    const parts = blocks.map((block) =>
      block.kind === "run" ? `${block.run.user.id} ${block.run.entries.length}` : `[${block.version.id}]`,
    );
    return `${date}: ${parts.join(", ")}`;
  });
}

test("a gesture on several elements is one entry, also when somebody else's change lies between", () => {
  const records = [
    change({ gesture: "g", seq: 9 }),
    change({ by: "grace", seq: 8 }),
    change({ gesture: "g", seq: 7 }),
    change({ gesture: "g", seq: 6, client: "ada-phone" }),
  ];
  expect(entriesOf(records).map(({ user, records: of, lastSeq }) => [user.id, of.length, lastSeq])).toEqual([
    ["ada", 2, 9],
    ["grace", 1, 8],
    ["ada", 1, 6],
  ]);
});

test("without a gesture each commit is one", () => {
  const records = [change({ seq: 5 }), change({ seq: 5 }), change({ seq: 4 })];
  expect(entriesOf(records).map(({ records: of }) => of.length)).toEqual([2, 1]);
});

test("a run ends with a pause, with somebody else, and with the day", () => {
  const records = [
    change({ seq: 9, at: "2026-03-02T10:10:00Z" }),
    change({ seq: 8, at: "2026-03-02T10:09:00Z" }),
    change({ seq: 7, at: "2026-03-02T10:00:00Z" }),
    change({ by: "grace", seq: 6, at: "2026-03-02T10:00:00Z" }),
    change({ seq: 5, at: "2026-03-02T00:01:00Z" }),
    change({ seq: 4, at: "2026-03-01T23:59:00Z" }),
  ];
  expect(told(daysOf(entriesOf(records), [], true, utc))).toEqual([
    "2026-03-02: ada 2, ada 1, grace 1, ada 1",
    "2026-03-01: ada 1",
  ]);
});

test("a version stands above the change that made its moment, and older ones wait for their page", () => {
  const entries = entriesOf([
    change({ seq: 9, at: "2026-03-02T10:01:00Z" }),
    change({ seq: 7, at: "2026-03-02T10:00:00Z" }),
  ]);
  const versions = [
    version("at7", 7, "2026-03-02T10:00:00Z"),
    version("at8", 8, "2026-03-02T10:00:30Z"),
    version("old", 2, "2026-02-01T10:00:00Z"),
    version("new", 12, "2026-03-02T11:00:00Z"),
  ];
  expect(told(daysOf(entries, versions, false, utc))).toEqual(["2026-03-02: [new], ada 1, [at8], [at7], ada 1"]);
  expect(told(daysOf(entries, versions, true, utc))[1]).toBe("2026-02-01: [old]");
});

test("clocks that differ never open a day twice", () => {
  const entries = entriesOf([
    change({ seq: 3, at: "2026-03-02T00:00:00Z" }),
    change({ seq: 2, at: "2026-03-01T23:59:59Z" }),
    change({ by: "grace", seq: 1, at: "2026-03-02T00:00:01Z" }),
  ]);
  expect(daysOf(entries, [], true, utc).map(({ date }) => date)).toEqual(["2026-03-02", "2026-03-01"]);
});

test("pages join without repeating, and a change that went on takes the place of what it was", () => {
  const first = change({ seq: 5, at: "2026-03-02T10:00:00Z" });
  const older = change({ seq: 3, at: "2026-03-02T09:00:00Z" });
  const grown = { ...older, last_seq: 8, to: "2026-03-02T11:00:00Z" };
  expect(joined([first, older], [older, grown]).map(({ id, last_seq }) => [id, last_seq])).toEqual([
    [older.id, 8],
    [first.id, 5],
  ]);
  expect(joined([grown], [older])).toEqual([grown]);
});

test("the entry of a moment is the last one that was over", () => {
  const entries = entriesOf([change({ seq: 9 }), change({ seq: 6, gesture: "g" }), change({ seq: 4 })]);
  expect(entryAt(entries, 100)?.lastSeq).toBe(9);
  expect(entryAt(entries, 8)?.lastSeq).toBe(6);
  expect(entryAt(entries, 3)).toBeUndefined();
});

test("a day is as long as it is where the reader is", () => {
  const { since, until } = daysBetween("2026-03-28", "2026-03-29");
  expect(localDate(Date.parse(since))).toBe("2026-03-28");
  expect(localDate(Date.parse(until) - 1)).toBe("2026-03-29");
  expect(localDate(Date.parse(until))).toBe("2026-03-30");
});
