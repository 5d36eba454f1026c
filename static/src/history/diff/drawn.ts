/** How a comparison is drawn: which elements, and which marks over them. Pure. */

import { type Box, placeOf } from "../stage/geometry";
import type { Mark } from "../stage/marks";
import type { Shown } from "../stage/scene";
import { isThere } from "../player/replay";
import type { Comparison, Side } from "../player/theatre";
import type { Moment } from "../player/use-moment";
import type { Difference } from "./diff";

export function shownBy(
  moment: Moment | null,
  comparison: Comparison | null,
  side: Side,
): ReadonlyMap<string, Shown> | null {
  const state = comparison ? comparison[side === "before" ? "before" : "after"].state : moment?.state;
  if (!state) return null;
  const shown = new Map<string, Shown>();
  for (const [id, element] of state) if (isThere(element)) shown.set(id, { element });
  if (comparison && side === "both") {
    for (const [id, element] of comparison.before.state)
      if (isThere(element) && !shown.has(id)) shown.set(id, { element, ghost: true });
  }
  return shown;
}

export function marksOf(comparison: Comparison, side: Side, pointed: string | null): Mark[] {
  const marks = comparison.found.flatMap((one) => marksOfOne(one, comparison, side, one.id === pointed));
  // What the eye is led to lies on top.
  return marks.sort((a, b) => Number(a.strong) - Number(b.strong));
}

function marksOfOne({ kind, before, after }: Difference, moments: Comparison, side: Side, strong: boolean): Mark[] {
  const then = before && placeOf(before, moments.before.state);
  const now = after && placeOf(after, moments.after.state);
  const box = side === "before" ? then : (now ?? (side === "both" ? then : undefined));
  if (!box) return [];
  const mark: Mark = { box, kind, strong };
  if (side !== "both" || kind !== "changed" || !then || sameBox(then, box)) return [mark];
  return [{ box: then, kind: "earlier", strong: false }, mark];
}

function sameBox(a: Box, b: Box): boolean {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}
