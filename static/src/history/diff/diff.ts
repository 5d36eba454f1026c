/** What is different between two moments of a canvas. Pure. */

import type { Json } from "../../protocol/messages";
import { sameJson } from "../../sync/equal";
import { containerOf } from "../stage/geometry";
import { isThere, type PastElement, type PastState } from "../player/replay";

export type Kind = "added" | "changed" | "removed";

export interface Difference {
  id: string;
  kind: Kind;
  before: PastElement | undefined;
  after: PastElement | undefined;
  /** Of what changed: which properties, as dotted paths. */
  paths: readonly string[];
}

/** Derived, or of no interest to who looks at it. */
const UNSEEN = new Set(["properties.seed", "properties.originalText"]);

/** A label whose shape has the same lot is part of it, and is not told by itself. */
export function differences(before: PastState, after: PastState): Difference[] {
  const found = new Map(allDifferences(before, after).map((one) => [one.id, one]));
  return [...found.values()].filter((one) => {
    const element = one.after ?? one.before;
    return found.get((element && containerOf(element)) ?? "")?.kind !== one.kind;
  });
}

function allDifferences(before: PastState, after: PastState): Difference[] {
  const found: Difference[] = [];
  for (const [id, now] of after) {
    const then = before.get(id);
    if (!isThere(now)) continue;
    if (!isThere(then)) found.push({ id, kind: "added", before: undefined, after: now, paths: [] });
    else if (then.seq !== now.seq) {
      const paths = changedPaths(then, now);
      if (paths.length > 0) found.push({ id, kind: "changed", before: then, after: now, paths });
    }
  }
  for (const [id, then] of before) {
    if (isThere(then) && !isThere(after.get(id)))
      found.push({ id, kind: "removed", before: then, after: undefined, paths: [] });
  }
  return found;
}

export function counts(found: readonly Difference[]): Record<Kind, number> {
  const counted = { added: 0, changed: 0, removed: 0 };
  for (const { kind } of found) counted[kind]++;
  return counted;
}

function changedPaths(then: PastElement, now: PastElement): string[] {
  const [old, current] = [values(then), values(now)];
  const paths = new Set([...Object.keys(old), ...Object.keys(current)]);
  return [...paths].filter((path) => !UNSEEN.has(path) && !sameJson(old[path], current[path])).sort();
}

function values({ position, dimensions, angle, index, properties }: PastElement): Record<string, Json | undefined> {
  const all: Record<string, Json | undefined> = {
    "position.x": position.x,
    "position.y": position.y,
    "dimensions.width": dimensions.width,
    "dimensions.height": dimensions.height,
    angle,
    index,
  };
  for (const [key, value] of Object.entries(properties)) all[`properties.${key}`] = value;
  // Older programs have what was typed beside what is drawn of it.
  const typed = properties["originalText"];
  if (typeof typed === "string") all["properties.text"] = typed;
  return all;
}
