/** Several ops on one element as fewer with the same effect: for unsent work, and for previews of a whole gesture. */

import type { Json, Op, UpdateOp } from "../protocol/messages";
import { applyOp, asCreate, created, setsText } from "./ops";
import { joinUpdates } from "./text";

/** Ops on different elements do not depend on each other: each element's ops keep their order, elements that of their first op. */
export function fold(ops: readonly Op[]): Op[] {
  const byElement = new Map<string, Op[]>();
  for (const op of ops) {
    const list = byElement.get(op.id);
    if (list === undefined) {
      byElement.set(op.id, [op]);
      continue;
    }
    const place = placeToMerge(list, op);
    const earlier = list[place];
    const merged = earlier && mergePair(earlier, op);
    if (merged) list[place] = merged;
    else list.push(op);
  }
  return [...byElement.values()].flat();
}

/** The last op that has to stay before this one. Typing and all other changes of an element pass each other. */
function placeToMerge(list: readonly Op[], op: Op): number {
  let place = list.length - 1;
  while (place > 0) {
    const last = list[place];
    if (last === undefined || !(passes(last, op) || passes(op, last))) break;
    place--;
  }
  return place;
}

function passes(text: Op, change: Op): boolean {
  return text.op === "text" && (change.op === "append" || (change.op === "update" && !setsText(change)));
}

function mergePair(first: Op, second: Op): Op | undefined {
  if (first.op === "create" && (second.op === "update" || second.op === "append")) {
    const element = applyOp(created(first), second);
    return element && asCreate(element);
  }
  if (first.op === "update" && second.op === "update" && first.expect === undefined && second.expect === undefined) {
    return removesBelowParents(first, second)
      ? undefined
      : { op: "update", id: first.id, set: mergeSets(first, second) };
  }
  if (first.op === "text" && second.op === "text") {
    return { op: "text", id: first.id, update: joinUpdates(first.update, second.update) };
  }
  if (first.op === "append" && second.op === "append" && first.path === second.path) {
    if (second.at !== first.at + first.values.length) return undefined;
    return { ...first, values: [...first.values, ...second.values] };
  }
  return undefined;
}

/** Setting a nested path makes its parents, and removing it leaves them: the removal alone would make none. */
function removesBelowParents(first: UpdateOp, second: UpdateOp): boolean {
  return Object.entries(second.set).some(
    ([path, value]) =>
      value === null &&
      path.split(".").length > 2 &&
      Object.keys(first.set).some((other) => other === path || other.startsWith(`${path}.`)),
  );
}

/** A later set of a path also replaces the earlier sets below it. */
function mergeSets(first: UpdateOp, second: UpdateOp): Record<string, Json> {
  const replaced = (path: string): boolean =>
    Object.keys(second.set).some((other) => other === path || path.startsWith(`${other}.`));
  const kept = Object.entries(first.set).filter(([path]) => !replaced(path));
  return { ...Object.fromEntries(kept), ...second.set };
}
