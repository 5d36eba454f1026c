/** Any walk through a history shows what straight replay shows, from few pages. */

import { expect, test } from "vitest";
import type { Element } from "../../protocol/generated";
import type { Commit } from "../../protocol/messages";
import { createRectangle } from "../../sync/testing/build";
import { ADA, GRACE, ModelLog, randomOf } from "../testing/model-log";
import { passes } from "./frames";
import { PAGE_COMMITS, Reel } from "./reel";
import { isThere, type PastElement, type PastState } from "./replay";

const SEEDS = [1, 2, 3, 4];
const never = new AbortController().signal;

function live(state: PastState | undefined): unknown[] {
  if (!state) throw new Error("not loaded");
  return [...state.values()]
    .filter(isThere)
    .map((element) => {
      // A restore brings along who made it, which is no part of what is drawn.
      const { created_by: _, updated_by: __, updated_at: ___, ...drawn } = element as PastElement & Partial<Element>;
      return drawn;
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function expected(log: ModelLog, seq: number): unknown[] {
  return log.live(seq).sort((a, b) => (a.id < b.id ? -1 : 1));
}

test.each(SEEDS)("scrubbing to any places equals straight replay (seed %i)", async (seed) => {
  const random = randomOf(seed);
  const log = new ModelLog();
  log.play(PAGE_COMMITS * 2 + 37, random);
  const reel = new Reel(log, () => log.head);
  for (let i = 0; i < 25; i++) {
    const seq = Math.floor(random() * (log.head + 1));
    await reel.load(seq);
    expect(live(reel.state(seq)), `after commit ${seq}`).toEqual(expected(log, seq));
    expect(reel.frame(seq)?.seq).toBe(seq === 0 ? undefined : seq);
  }
});

test("walking step by step, to the end and back, shows the state of each", async () => {
  const log = new ModelLog();
  log.play(PAGE_COMMITS * 2 + 5, randomOf(9));
  const reel = new Reel(log, () => log.head);
  await reel.load(0);
  let shown = 0;
  for (const direction of [1, -1] as const) {
    for (;;) {
      const frame = await reel.next(shown, direction, {}, never);
      if (!frame) break;
      shown = frame.seq;
      // Some of them, and those where pages meet.
      const place = shown % PAGE_COMMITS;
      if (place > 1 && shown % 25 > 0) continue;
      expect(live(reel.state(shown))).toEqual(expected(log, shown));
    }
  }
  expect(shown).toBe(1);
  // Forwards, the end of one page is the beginning of the next: nothing but commits is asked for.
  expect(log.asked).toEqual({ states: 0, commits: 3 });
});

test("a long history does not stay in memory", async () => {
  const log = new ModelLog();
  log.commit(ADA, createRectangle("a"));
  while (log.head < PAGE_COMMITS * 20) log.commit(ADA, { op: "update", id: "a", set: { "position.x": log.head } });
  const reel = new Reel(log, () => log.head);
  for (let seq = 1; seq <= log.head; seq += PAGE_COMMITS) await reel.load(seq);
  expect(reel.frame(1)).toBeUndefined();
  expect(reel.frame(log.head)).toBeDefined();
  await reel.load(1);
  expect(live(reel.state(1))).toEqual(expected(log, 1));
});

test("a canvas that goes on is shown to its new end", async () => {
  const log = new ModelLog();
  log.play(3, randomOf(1));
  const reel = new Reel(log, () => log.head);
  await reel.load(3);
  log.play(PAGE_COMMITS, randomOf(2));
  for (const seq of [4, log.head]) {
    await reel.load(seq);
    expect(live(reel.state(seq))).toEqual(expected(log, seq));
  }
});

test("a moment is shown before the head is known", async () => {
  const log = new ModelLog();
  log.play(PAGE_COMMITS + 9, randomOf(4));
  const reel = new Reel(log, () => 0);
  for (const seq of [5, PAGE_COMMITS + 2]) {
    await reel.load(seq);
    expect(live(reel.state(seq))).toEqual(expected(log, seq));
  }
});

test("a commit that never was is refused, and is not asked for without end", async () => {
  const log = new ModelLog();
  log.play(3, randomOf(1));
  const reel = new Reel(log, () => 9);
  await expect(reel.load(9)).rejects.toThrow(RangeError);
});

test("a commit that does not apply here is shown as the server has it", async () => {
  const log = new ModelLog();
  log.play(20, randomOf(5));
  const broken = (commit: Commit): Commit => {
    if (commit.seq !== 7) return commit;
    const entries = commit.entries.map((entry) => ({
      ...entry,
      ops: entry.ops.map((op) => ({ op: "append" as const, id: op.id, path: "properties.points", at: 99, values: [] })),
    }));
    return { ...commit, entries };
  };
  const commits = async (since: number, last: number): Promise<Commit[]> =>
    (await log.commits(since, last)).map(broken);
  const reel = new Reel({ ...log, stateAt: log.stateAt, commits }, () => log.head);
  await reel.load(20);
  for (const seq of [6, 7, 8, 20]) expect(live(reel.state(seq))).toEqual(expected(log, seq));
});

test.each(SEEDS)("the steps of a choice are the frames that pass, either way (seed %i)", async (seed) => {
  const log = new ModelLog();
  log.play(PAGE_COMMITS + 60, randomOf(seed));
  const reel = new Reel(log, () => log.head);
  const choices = [
    { user: GRACE },
    {
      objects: new Set(
        log
          .live(log.head)
          .slice(0, 2)
          .map(({ id }) => id),
      ),
    },
    { area: { x: 100, y: 100, width: 300, height: 300 } },
    { user: ADA, area: { x: 0, y: 0, width: 500, height: 2_000 } },
  ];
  for (const choice of choices) {
    const wanted: number[] = [];
    for (let seq = 1; seq <= log.head; seq++) {
      await reel.load(seq);
      if (passes(reel.frame(seq)!, choice)) wanted.push(seq);
    }
    expect(wanted.length).toBeGreaterThan(0);
    const met: number[] = [];
    for (let at = 0; ;) {
      const frame = await reel.next(at, 1, choice, never);
      if (!frame) break;
      met.push((at = frame.seq));
    }
    const back: number[] = [];
    for (let at = log.head + 1; ;) {
      const frame = await reel.next(at, -1, choice, never);
      if (!frame) break;
      back.unshift((at = frame.seq));
    }
    expect(met).toEqual(wanted);
    expect(back).toEqual(wanted);
  }
});

test("a search that is called off ends", async () => {
  const log = new ModelLog();
  log.play(PAGE_COMMITS * 2, randomOf(1));
  const reel = new Reel(log, () => log.head);
  const calledOff = new AbortController();
  const search = reel.next(0, 1, { user: "nobody" }, calledOff.signal, () => calledOff.abort());
  await expect(search).rejects.toThrow();
});
