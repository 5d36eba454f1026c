/**
 * The order of drawing. Two people who put an element at one place at once give it the same fractional index; all draw equal
 * ones in the order of their ids, under indices that are apart, as the component asks for. What it is given is derived and
 * the same everywhere: nobody has to say so, until somebody puts something between two of them.
 */

export interface Placed {
  id: string;
  /** As it was received. */
  index: string;
}

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** By index, then by id; indices compare by code unit. */
export function inOrder(a: Placed, b: Placed): number {
  if (a.index !== b.index) return a.index < b.index ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** What must be drawn under another index than its own, given all in their order. */
export function apart(sorted: readonly Placed[]): Map<string, string> {
  const drawn = new Map<string, string>();
  let last = "";
  for (let i = 0; i < sorted.length; i++) {
    const { id, index } = sorted[i]!;
    if (index > last) {
      last = index;
      continue;
    }
    let next = i + 1;
    while (next < sorted.length && sorted[next]!.index <= last) next++;
    last = between(last, sorted[next]?.index);
    drawn.set(id, last);
  }
  return drawn;
}

/** A fractional index above `low` and, if given, below `high`: longer than `low`, with its integer part. */
export function between(low: string, high: string | undefined): string {
  const length = integerLength(low);
  const integer = low.slice(0, length);
  const below = high?.startsWith(integer) ? high.slice(length) : undefined;
  return integer + fractionBetween(low.slice(length), below);
}

/** The head letter says how many digits the integer part has: "a" one, "b" two, and "Z" one, "Y" two below zero. */
function integerLength(index: string): number {
  const head = index[0] ?? "";
  if (head >= "a" && head <= "z") return head.charCodeAt(0) - "a".charCodeAt(0) + 2;
  if (head >= "A" && head <= "Z") return "Z".charCodeAt(0) - head.charCodeAt(0) + 2;
  return index.length;
}

/** Digits after the point, the last of which is never 0. */
function fractionBetween(low: string, high: string | undefined): string {
  let made = "";
  for (let i = 0; ; i++) {
    const from = digit(low, i, 0);
    const to = high === undefined ? DIGITS.length : digit(high, i, DIGITS.length);
    if (to - from > 1) return made + DIGITS[Math.floor((from + to) / 2)];
    made += DIGITS[from];
    // Below the upper bound from here on, whatever follows.
    if (to > from) high = undefined;
  }
}

function digit(digits: string, place: number, otherwise: number): number {
  const found = DIGITS.indexOf(digits[place] ?? "?");
  return found < 0 ? otherwise : found;
}
