/** How many changes there were over time: bars of days, weeks or months, whichever fits. Pure. */

import type { Count, Person } from "./rest";

const MOST_BARS = 31;
const LEAST_BARS = 14;
const DAY_MS = 86_400_000;

/** Days are YYYY-MM-DD; both ends belong to the bar. */
export interface Bar {
  first: string;
  last: string;
  total: number;
  /** Most changes first. */
  parts: { user: Person; changes: number }[];
}

/** Oldest first, up to today, without gaps. */
export function barsOf(counts: readonly Count[], today: string): Bar[] {
  const oldest = counts.reduce((day, one) => (one.day < day ? one.day : day), today);
  // A clock that is ahead of ours must not lose its changes.
  const newest = counts.reduce((day, one) => (one.day > day ? one.day : day), today);
  const bars = ranges(oldest, newest).map(([first, last]): Bar => ({ first, last, total: 0, parts: [] }));
  for (const { day, user, changes } of counts) {
    const bar = bars.find(({ first, last }) => day >= first && day <= last);
    if (!bar) continue;
    bar.total += changes;
    const part = bar.parts.find((one) => one.user.id === user.id);
    if (part) part.changes += changes;
    else bar.parts.push({ user, changes });
  }
  for (const bar of bars) bar.parts.sort((a, b) => b.changes - a.changes);
  return bars;
}

/** Heights of a bar's parts, of `height` in all for the highest bar; what is there can be seen, however little it is. */
export function heights(bar: Bar, most: number, height: number): number[] {
  if (bar.total === 0 || most === 0) return bar.parts.map(() => 0);
  const whole = Math.max(3, (bar.total / most) * height);
  return bar.parts.map(({ changes }) => (changes / bar.total) * whole);
}

/** Everybody in the counts, who did most first. */
export function peopleIn(counts: readonly Count[]): Person[] {
  const changes = new Map<string, { user: Person; sum: number }>();
  for (const { user, changes: more } of counts) {
    changes.set(user.id, { user, sum: (changes.get(user.id)?.sum ?? 0) + more });
  }
  return [...changes.values()].sort((a, b) => b.sum - a.sum).map(({ user }) => user);
}

function ranges(oldest: string, newest: string): [string, string][] {
  const days = (number(newest) - number(oldest)) / DAY_MS + 1;
  if (days > MOST_BARS * 7) return months(oldest, newest);
  const step = days > MOST_BARS ? 7 : 1;
  const bars = Math.max(LEAST_BARS, Math.ceil(days / step));
  return Array.from({ length: bars }, (_, place) => {
    const last = number(newest) - (bars - 1 - place) * step * DAY_MS;
    return [text(last - (step - 1) * DAY_MS), text(last)];
  });
}

function months(oldest: string, newest: string): [string, string][] {
  const [year = 0, month = 1] = newest.split("-").map(Number);
  const found: [string, string][] = [];
  for (let back = 0; back === 0 || (found[0] && found[0][0] > oldest); back++) {
    const first = text(Date.UTC(year, month - 1 - back, 1));
    found.unshift([first, text(Date.UTC(year, month - back, 0))]);
  }
  return found;
}

/** Days are counted as if they were UTC's, which all have the same length. */
function number(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

function text(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
