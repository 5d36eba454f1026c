const FIRST_MS = 400;
const MOST_MS = 15_000;

/** How long to wait before the nth attempt (from 0): doubling, with jitter so that a crowd does not return at once. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return ceiling / 2 + (ceiling / 2) * random();
}
