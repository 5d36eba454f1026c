/** From two states of an element to the fewest ops between them. */

import type { AppendOp, CanvasElement, Json, Op } from "../protocol/messages";
import { sameJson } from "./equal";
import { asCreate, readPath } from "./ops";
import { isText, plainText } from "./text";

const GEOMETRY = ["position.x", "position.y", "dimensions.width", "dimensions.height"] as const;
/** Lists of a freehand line that only grow while it is drawn. */
const GROWING = ["properties.points", "properties.pressures"] as const;
/**
 * The geometry of an arrow or line is one value in several properties: points are relative to the position, and an end
 * follows its binding. Two people's halves of it would make a third line that nobody drew, so it travels whole.
 */
const LINEAR_TYPES = new Set(["arrow", "line"]);
const LINEAR_GROUP = [
  ...GEOMETRY,
  "properties.points",
  "properties.startBinding",
  "properties.endBinding",
  "properties.fixedSegments",
  "properties.startIsSpecial",
  "properties.endIsSpecial",
] as const;

/** What a text element says, as typed; the second where programs wrote the component's own two properties. */
export const TEXT_PATHS: ReadonlySet<string> = new Set(["properties.text", "properties.originalText"]);

/** The ops that make `after` of `before`. Versions are not compared: they are the server's. */
export function diff(before: CanvasElement | undefined, after: CanvasElement): Op[] {
  const { id } = after;
  if (before === undefined) return after.deleted ? [] : [asCreate(after)];
  if (after.deleted) return before.deleted ? [] : [{ op: "delete", id }];
  const ops: Op[] = before.deleted ? [{ op: "restore", id }] : [];
  const set: Record<string, Json> = {};
  const note = (path: string): void => {
    const value = readPath(after, path) ?? null;
    if (!sameJson(readPath(before, path), value)) set[path] = value;
  };
  for (const path of GEOMETRY) if (!isDerived(after, path)) note(path);
  note("angle");
  note("index");
  for (const key of new Set([...Object.keys(before.properties), ...Object.keys(after.properties)])) {
    const path = `properties.${key}`;
    if (after.type !== "text" || !TEXT_PATHS.has(path)) note(path);
  }
  if (after.type === "freedraw") ops.push(...takeAppends(before, after, set));
  if (LINEAR_TYPES.has(after.type) && LINEAR_GROUP.some((path) => path in set)) {
    for (const path of LINEAR_GROUP) {
      const value = readPath(after, path) ?? null;
      if (value !== null || readPath(before, path) !== undefined) set[path] = value;
    }
  }
  if (Object.keys(set).length > 0) ops.push({ op: "update", id, set });
  // By itself: it merges with what others type, and is no value that the later one wins.
  const text = plainText(after);
  if (isText(after) && plainText(before) !== text) ops.push({ op: "update", id, set: { "properties.text": text } });
  return ops;
}

/** A text is as large as its characters: each client measures. Sent, the size of an older text would cut off a newer one. */
function isDerived({ type, properties }: CanvasElement, path: string): boolean {
  if (type !== "text") return false;
  const ownWidth = properties["autoResize"] === false && typeof properties["containerId"] !== "string";
  return path === "dimensions.height" || (path === "dimensions.width" && !ownWidth);
}

/** Turns sets of lists that only grew at their end into appends, taking them out of `set`. */
function takeAppends(before: CanvasElement, after: CanvasElement, set: Record<string, Json>): AppendOp[] {
  const ops: AppendOp[] = [];
  for (const path of GROWING) {
    const [old, now] = [readPath(before, path), set[path]];
    if (!Array.isArray(old) || !Array.isArray(now) || now.length <= old.length) continue;
    if (!old.every((value, i) => sameJson(value, now[i]))) continue;
    delete set[path];
    ops.push({ op: "append", id: after.id, path, at: old.length, values: now.slice(old.length) });
  }
  return ops;
}
