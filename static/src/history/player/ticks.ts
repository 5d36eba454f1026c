/** The bar over the whole history: ticks by person, and where days begin. Pure. */

import type { Stretch } from "../rest";

export interface Tick {
  from: number;
  to: number;
  /** The most active first. */
  parts: readonly { user: string; changes: number }[];
  changes: number;
}

export interface DayMark {
  /** As the person's own clock has it. */
  key: string;
  at: string;
  seq: number;
}

export function ticksOf(stretches: readonly Stretch[]): Tick[] {
  const ticks = new Map<number, Tick>();
  for (const { from_seq: from, to_seq: to, user, changes } of stretches) {
    const before = ticks.get(from);
    const parts = [...(before?.parts ?? []), { user: user.id, changes }];
    ticks.set(from, { from, to, parts, changes: (before?.changes ?? 0) + changes });
  }
  return [...ticks.values()].sort((a, b) => a.from - b.from);
}

/** Where each day's first changes are, as near as a stretch tells; of many days, those that leave room for their names. */
export function daysOf(stretches: readonly Stretch[], keyOf: (at: string) => string, least: number): DayMark[] {
  const marks: DayMark[] = [];
  let day = "";
  for (const { from_seq: seq, begun_at: at } of stretches) {
    const key = keyOf(at);
    if (key === day) continue;
    day = key;
    const last = marks.at(-1);
    if (last === undefined || seq - last.seq >= least) marks.push({ key, at, seq });
  }
  return marks;
}
