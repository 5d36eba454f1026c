/**
 * Joins two changes of one text, and takes one person's typing out of a text in which others have typed since. What a text
 * has in common with what it was tells where a person's characters are now; all others stay.
 */

/** One change of a text by this person: what it was, what they made of it. */
export interface TextEdit {
  before: string;
  after: string;
}

/** Inserted and deleted characters beyond which a part counts as replaced whole: comparing costs their square. */
const MAX_DISTANCE = 400;

/** `current` without these edits, which are given in the order in which they were made. */
export function withoutEdits(current: string, edits: readonly TextEdit[]): string {
  let text = current;
  for (let i = edits.length - 1; i >= 0; i--) {
    const edit = edits[i];
    if (edit) text = rebased(text, edit.after, edit.before);
  }
  return text;
}

/** Makes of `text`, which others made of `base`, what the change from `base` to `wanted` makes of it. */
export function rebased(text: string, base: string, wanted: string): string {
  if (text === base) return wanted;
  const [now, then, next] = [[...text], [...base], [...wanted]];
  const isNow = matches(then, now);
  const isNext = matches(then, next);
  const gone = new Set<number>();
  then.forEach((_, i) => {
    if (isNext[i] === undefined && isNow[i] !== undefined) gone.add(isNow[i]);
  });
  // What comes back stands behind what it stood behind, as far as that is still there.
  const back = new Map<number, string>();
  let behind = -1;
  let i = 0;
  for (let j = 0; j < next.length; j++) {
    while (i < then.length && (isNext[i] === undefined || isNext[i]! < j)) {
      if (isNow[i] !== undefined) behind = isNow[i]!;
      i++;
    }
    if (i < then.length && isNext[i] === j) continue;
    back.set(behind, (back.get(behind) ?? "") + next[j]);
  }
  let result = back.get(-1) ?? "";
  now.forEach((character, at) => {
    if (!gone.has(at)) result += character;
    result += back.get(at) ?? "";
  });
  return result;
}

/** Where a caret at `offset` of `before` is in `after`: behind the characters that it was behind. UTF-16 units. */
export function movedOffset(before: string, after: string, offset: number): number {
  const [then, now] = [[...before], [...after]];
  const found = matches(then, now);
  let at = [...before.slice(0, offset)].length - 1;
  while (at >= 0 && found[at] === undefined) at--;
  return at < 0 ? 0 : now.slice(0, (found[at] ?? 0) + 1).join("").length;
}

/** For each place in `from` the place of the same character in `to`, of a shortest way from one to the other. */
function matches(from: readonly string[], to: readonly string[]): (number | undefined)[] {
  const found = new Array<number | undefined>(from.length).fill(undefined);
  let start = 0;
  while (start < from.length && start < to.length && from[start] === to[start]) found[start] = start++;
  let [endFrom, endTo] = [from.length, to.length];
  while (endFrom > start && endTo > start && from[endFrom - 1] === to[endTo - 1]) found[--endFrom] = --endTo;
  for (const [i, j] of common(from.slice(start, endFrom), to.slice(start, endTo))) found[start + i] = start + j;
  return found;
}

/** Myers' greedy search, its furthest reaches kept to walk back along. */
function common(from: readonly string[], to: readonly string[]): [number, number][] {
  const [n, m] = [from.length, to.length];
  if (n === 0 || m === 0) return [];
  const most = Math.min(n + m, MAX_DISTANCE);
  let reach = new Map<number, number>([[1, 0]]);
  const trace: Map<number, number>[] = [];
  const at = (map: Map<number, number>, k: number): number => map.get(k) ?? -1;
  for (let d = 0; d <= most; d++) {
    trace.push(reach);
    const next = new Map(reach);
    for (let k = -d; k <= d; k += 2) {
      let x = k === -d || (k !== d && at(next, k - 1) < at(next, k + 1)) ? at(next, k + 1) : at(next, k - 1) + 1;
      while (x < n && x - k < m && x - k >= 0 && from[x] === to[x - k]) x++;
      next.set(k, x);
      if (x >= n && x - k >= m) return walkBack(trace, n, m);
    }
    reach = next;
  }
  return [];
}

function walkBack(trace: readonly Map<number, number>[], n: number, m: number): [number, number][] {
  const pairs: [number, number][] = [];
  let [x, y] = [n, m];
  for (let d = trace.length - 1; d >= 0; d--) {
    const reach = trace[d]!;
    const at = (k: number): number => reach.get(k) ?? -1;
    const k = x - y;
    const from = k === -d || (k !== d && at(k - 1) < at(k + 1)) ? k + 1 : k - 1;
    const startX = d === 0 ? 0 : at(from);
    const startY = d === 0 ? 0 : startX - from;
    while (x > startX && y > startY) pairs.push([--x, --y]);
    [x, y] = [startX, startY];
  }
  return pairs;
}
