/** From change records to what the timeline lists: days, in them people's runs, in them gestures. Pure. */

import type { ChangeRecord, Person, Version } from "./rest";

/** A longer pause begins another run of the same person. */
const RUN_PAUSE_MS = 5 * 60_000;

/** What one person did in one gesture, to however many elements. */
export interface Entry {
  key: string;
  user: Person;
  records: ChangeRecord[];
  lastSeq: number;
  /** When it ended, as Date.now(). */
  time: number;
}

/** One person's entries without a long pause, and without anybody else's between them; newest first. */
export interface Run {
  key: string;
  user: Person;
  entries: Entry[];
}

export type Block = { kind: "run"; run: Run } | { kind: "version"; version: Version };

export interface Day {
  /** YYYY-MM-DD where the reader is. */
  date: string;
  lastSeq: number;
  blocks: Block[];
}

/** Newest first, as the records are. */
export function entriesOf(records: readonly ChangeRecord[]): Entry[] {
  const entries = new Map<string, Entry>();
  for (const record of records) {
    const key = `${record.user.id}/${record.client}/${record.gesture ?? `#${record.last_seq}`}`;
    const entry = entries.get(key);
    if (entry) {
      entry.records.push(record);
      entry.lastSeq = Math.max(entry.lastSeq, record.last_seq);
    } else {
      const { user, last_seq: lastSeq, to } = record;
      entries.set(key, { key, user, records: [record], lastSeq, time: Date.parse(to) });
    }
  }
  return [...entries.values()];
}

/** `whole`: there are no older entries than these, so that older versions have their place behind them. */
export function daysOf(
  entries: readonly Entry[],
  versions: readonly Version[],
  whole: boolean,
  dateOf: (time: number) => string = localDate,
): Day[] {
  const days: Day[] = [];
  const waiting = [...versions].sort((a, b) => b.seq - a.seq || Date.parse(b.created_at) - Date.parse(a.created_at));
  const mark = (down: number): void => {
    for (let next = waiting[0]; next && next.seq >= down; next = waiting[0]) {
      waiting.shift();
      // A moment stands in the day it was; between the days of two entries, in a day of its own.
      dayFor(days, dateOf(Date.parse(next.at)), next.seq).blocks.push({ kind: "version", version: next });
    }
  };
  for (const entry of entries) {
    mark(entry.lastSeq);
    const { blocks } = dayFor(days, dateOf(entry.time), entry.lastSeq);
    const before = blocks.at(-1);
    const last = before?.kind === "run" ? before.run.entries.at(-1) : undefined;
    if (before?.kind === "run" && last?.user.id === entry.user.id && last.time - entry.time < RUN_PAUSE_MS) {
      before.run.entries.push(entry);
    } else {
      blocks.push({ kind: "run", run: { key: entry.key, user: entry.user, entries: [entry] } });
    }
  }
  if (whole) mark(Number.NEGATIVE_INFINITY);
  return days;
}

function dayFor(days: Day[], date: string, lastSeq: number): Day {
  const last = days.at(-1);
  // Clocks of two servers may differ: what is older by number never goes back to a newer day.
  if (last && date >= last.date) return last;
  const made: Day = { date, lastSeq, blocks: [] };
  days.push(made);
  return made;
}

/** Records of two pages, or of a page and what came since, each once; newest first. */
export function joined(known: readonly ChangeRecord[], more: readonly ChangeRecord[]): ChangeRecord[] {
  const all = new Map<string, ChangeRecord>();
  for (const record of [...known, ...more]) {
    const before = all.get(record.id);
    if (!before || before.last_seq <= record.last_seq) all.set(record.id, record);
  }
  return [...all.values()].sort(
    (a, b) => Date.parse(b.to) - Date.parse(a.to) || b.last_seq - a.last_seq || (a.id < b.id ? 1 : -1),
  );
}

/** The newest entry that was over at that moment: what the stage shows last came of it. */
export function entryAt(entries: readonly Entry[], at: number): Entry | undefined {
  let found: Entry | undefined;
  for (const entry of entries) if (entry.lastSeq <= at && entry.lastSeq > (found?.lastSeq ?? 0)) found = entry;
  return found;
}

export function localDate(time: number): string {
  const day = new Date(time);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

/** The first moment of a day where the reader is, and of the day after: for `since` and `until`. */
export function daysBetween(first: string, last: string): { since: string; until: string } {
  const begin = startOf(first);
  const end = startOf(last);
  end.setDate(end.getDate() + 1);
  return { since: begin.toISOString(), until: end.toISOString() };
}

export function startOf(date: string): Date {
  const [year = 0, month = 1, day = 1] = date.split("-").map(Number);
  return new Date(year, month - 1, day);
}
