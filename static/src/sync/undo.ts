/**
 * What this person did, a gesture a step, so that it can be taken back. A value is set back only where it still is what the
 * person made it; what somebody else has set since stays, and is counted, so that the person can be told. Pure: what it
 * answers are ops, which go the way of all ops.
 */

import type { CanvasElement, Json, Op } from "../protocol/messages";
import { diff, TEXT_PATHS } from "./diff";
import { sameJson } from "./equal";
import { applyOp, applyWhatFits, asCreate, readPath } from "./ops";
import { plainText } from "./text";
import { type TextEdit, withoutEdits } from "./text-merge";

export const MAX_STEPS = 200;
/** Of all steps together: a paste of thousands is one step, two hundred of them are not kept. */
export const MAX_ENTRIES = 50_000;
/** Changes of the same fields without a gesture (a slider, a key held down) are one step while they come this quickly. */
export const MERGE_WITHIN_MS = 800;

/** What stands on the canvas now: confirmed, with this client's own pending work, without others' previews. */
export interface Ground {
  get(id: string): CanvasElement | undefined;
  /** The living elements that go when this one goes: a container's label. */
  partsOf(id: string): Iterable<string>;
  /** The op that makes a text element's text this. */
  retype(element: CanvasElement, text: string): Op;
}

/** What was done to one element: as it was before, as it was left. */
export interface Done {
  before: CanvasElement | undefined;
  after: CanvasElement;
}

export interface TakenBack {
  ops: Op[];
  /** Changes that could not be taken back, for somebody has changed them since; of `total`. */
  left: number;
  total: number;
}

type Values = Record<string, Json>;

interface Entry {
  /** Whether it stood there. */
  stood: { before: boolean; after: boolean };
  /** When it came or went: as it was then, to see whether somebody has changed it since. */
  whole: CanvasElement | undefined;
  before: Values;
  after: Values;
  /** Of a text's characters: those of others stand between, so there is no one value. */
  typed: TextEdit[];
}

interface Step {
  gesture: string | undefined;
  at: number;
  entries: Map<string, Entry>;
}

/**
 * Where and how large is one thing to a person, and for a line its shape and ends as well: half of it taken back would be
 * a place where nobody ever put it.
 */
const PLACE = new Set([
  ...["position.x", "position.y", "dimensions.width", "dimensions.height", "angle"],
  ...["properties.points", "properties.pressures", "properties.startBinding", "properties.endBinding"],
  ...["properties.fixedSegments", "properties.startIsSpecial", "properties.endIsSpecial"],
]);

export class UndoStack {
  private done: Step[] = [];
  private undone: Step[] = [];

  get canUndo(): boolean {
    return this.done.length > 0;
  }

  get canRedo(): boolean {
    return this.undone.length > 0;
  }

  /** Notes what the person did. Parts of one gesture are one step. `now` in ms, of any clock that does not go back. */
  record(changes: readonly Done[], gesture: string | undefined, now: number): void {
    const step: Step = { gesture, at: now, entries: new Map() };
    const bases = new Map<string, CanvasElement | undefined>();
    for (const change of changes) {
      const entry = entryOf(change);
      if (!entry) continue;
      step.entries.set(change.after.id, entry);
      bases.set(change.after.id, change.before);
    }
    if (step.entries.size === 0) return;
    this.undone = [];
    const last = this.done[this.done.length - 1];
    if (last && continues(last, step)) {
      for (const [id, entry] of step.entries) join(last.entries, id, entry, bases.get(id));
      last.at = now;
      if (last.entries.size === 0) this.done.pop();
    } else {
      this.done.push(step);
    }
    this.trim();
  }

  /**
   * This client changed something by itself, for everyone alike (a repair): where a step made what stood, it counts as
   * having made what stands now.
   */
  amend(before: CanvasElement, after: CanvasElement): void {
    for (const step of [...this.done, ...this.undone]) {
      const entry = step.entries.get(after.id);
      if (!entry) continue;
      if (entry.whole && sameThing(entry.whole, before)) entry.whole = { ...after, deleted: entry.whole.deleted };
      for (const path of Object.keys(entry.after)) {
        if (same(entry.after, path, before)) entry.after[path] = readPath(after, path) ?? null;
      }
    }
  }

  undo(ground: Ground): TakenBack {
    return this.takeBack(this.done, this.undone, ground);
  }

  redo(ground: Ground): TakenBack {
    return this.takeBack(this.undone, this.done, ground);
  }

  clear(): void {
    this.done = [];
    this.undone = [];
  }

  /** A step that finds nothing to do (all stands as it would set it) is passed over. */
  private takeBack(from: Step[], to: Step[], ground: Ground): TakenBack {
    for (let step = from.pop(); step; step = from.pop()) {
      const { result, inverse } = takeBack(step, ground, [...from, ...to]);
      if (inverse.entries.size > 0) to.push(inverse);
      if (result.ops.length > 0 || result.left > 0) return result;
    }
    return { ops: [], left: 0, total: 0 };
  }

  private trim(): void {
    let entries = 0;
    let from = this.done.length;
    while (from > 0 && this.done.length - from < MAX_STEPS) {
      entries += this.done[from - 1]?.entries.size ?? 0;
      // The last step is kept however large it is.
      if (entries > MAX_ENTRIES && from < this.done.length) break;
      from--;
    }
    this.done.splice(0, from);
  }
}

function entryOf({ before, after }: Done): Entry | undefined {
  const stood = { before: before !== undefined && !before.deleted, after: !after.deleted };
  if (!stood.before && !stood.after) return undefined;
  const entry: Entry = { stood, whole: undefined, before: {}, after: {}, typed: [] };
  if (!stood.after) return { ...entry, whole: before };
  if (!stood.before) entry.whole = after;
  entry.typed = typing(before ? plainText(before) : "", after);
  for (const path of before ? changedPaths(before, after) : []) {
    if (after.type === "text" && TEXT_PATHS.has(path)) continue;
    entry.before[path] = (before && readPath(before, path)) ?? null;
    entry.after[path] = readPath(after, path) ?? null;
  }
  return entry.whole || entry.typed.length > 0 || Object.keys(entry.after).length > 0 ? entry : undefined;
}

function typing(before: string, element: CanvasElement): TextEdit[] {
  if (element.type !== "text") return [];
  const after = plainText(element);
  return before === after ? [] : [{ before, after }];
}

function changedPaths(before: CanvasElement | undefined, after: CanvasElement): string[] {
  const paths = new Set<string>();
  for (const op of diff(before, after)) {
    if (op.op === "update") for (const path of Object.keys(op.set)) paths.add(path);
    if (op.op === "append") paths.add(op.path);
  }
  return [...paths];
}

function continues(last: Step, next: Step): boolean {
  if (last.gesture !== next.gesture) return false;
  if (next.gesture !== undefined) return true;
  if (next.at - last.at > MERGE_WITHIN_MS || last.entries.size !== next.entries.size) return false;
  return [...next.entries].every(([id, entry]) => {
    const other = last.entries.get(id);
    return other && !other.whole && !entry.whole && sameJson(paths(other), paths(entry));
  });
}

function paths(entry: Entry): string[] {
  return Object.keys(entry.after).sort();
}

/** The effect of `later`, which was done to `base`, after what the step did to the element before. */
function join(entries: Map<string, Entry>, id: string, later: Entry, base: CanvasElement | undefined): void {
  const earlier = entries.get(id);
  const stood = { before: earlier?.stood.before ?? later.stood.before, after: later.stood.after };
  if (!earlier) entries.set(id, later);
  else if (!stood.before && !stood.after) entries.delete(id);
  else {
    entries.set(id, {
      stood,
      whole: stood.before === stood.after ? undefined : (later.whole ?? stillWhole(earlier, later, base)),
      before: { ...later.before, ...earlier.before },
      after: { ...earlier.after, ...later.after },
      typed: joinTyping(earlier.typed, later.typed),
    });
  }
}

/** What was made, with what its maker did to it next. When somebody else was at it in between, it stays what it was: not alike any more. */
function stillWhole({ whole }: Entry, later: Entry, base: CanvasElement | undefined): CanvasElement | undefined {
  if (!whole || !base || !sameThing(whole, base)) return whole;
  const text = later.typed[later.typed.length - 1];
  return withValues(whole, { ...later.after, ...(text ? { "properties.text": text.after } : {}) });
}

function joinTyping(earlier: readonly TextEdit[], later: readonly TextEdit[]): TextEdit[] {
  const [last, next] = [earlier[earlier.length - 1], later[0]];
  // Nobody typed in between: the two are one edit.
  if (last && next && last.after === next.before) {
    const joined = { before: last.before, after: next.after };
    const rest = joined.before === joined.after ? [] : [joined];
    return [...earlier.slice(0, -1), ...rest, ...later.slice(1)];
  }
  return [...earlier, ...later];
}

function takeBack(step: Step, ground: Ground, others: readonly Step[]): { result: TakenBack; inverse: Step } {
  const result: TakenBack = { ops: [], left: 0, total: 0 };
  const inverse: Step = { gesture: undefined, at: Number.NEGATIVE_INFINITY, entries: new Map() };
  for (const [id, entry] of step.entries) {
    const current = ground.get(id);
    const back = takeBackOne(id, entry, current, step, ground);
    result.ops.push(...back.ops);
    result.left += back.left;
    result.total += back.total;
    if (back.inverse) inverse.entries.set(id, back.inverse);
    // Somebody else has brought it back or taken it away: no other step may undo that.
    const stands = current !== undefined && !current.deleted;
    if (entry.stood.before !== entry.stood.after && stands === entry.stood.before) {
      for (const { entries } of others) {
        const known = entries.get(id);
        if (known) known.whole = undefined;
      }
    }
  }
  return { result, inverse };
}

interface OneTakenBack extends TakenBack {
  inverse: Entry | undefined;
}

function takeBackOne(
  id: string,
  entry: Entry,
  current: CanvasElement | undefined,
  step: Step,
  ground: Ground,
): OneTakenBack {
  const { stood } = entry;
  if (stood.before === stood.after) {
    return current && !current.deleted ? setBack(id, entry, current, ground) : nothing(countOf(entry));
  }
  return stood.after ? remove(id, entry, current, step, ground) : bringBack(id, entry, current, ground);
}

function remove(
  id: string,
  entry: Entry,
  current: CanvasElement | undefined,
  step: Step,
  ground: Ground,
): OneTakenBack {
  // Somebody else has taken it away: what the person asks for is so already.
  if (!current || current.deleted) return nothing(0);
  const othersPart = [...ground.partsOf(id)].some((part) => !step.entries.has(part));
  if (othersPart || !entry.whole || !sameThing(current, entry.whole)) {
    const back = setBack(id, { ...EMPTY, stood: { before: true, after: true }, typed: entry.typed }, current, ground);
    return back.ops.length > 0 ? back : nothing(1);
  }
  const values = setBack(id, { ...entry, typed: [] }, current, ground);
  const inverse = {
    ...(values.inverse ?? EMPTY),
    stood: { before: true, after: false },
    whole: after(current, values.ops),
  };
  return { ops: [...values.ops, { op: "delete", id }], left: values.left, total: 1 + values.total, inverse };
}

function bringBack(id: string, entry: Entry, current: CanvasElement | undefined, ground: Ground): OneTakenBack {
  if (current && !current.deleted) return nothing(0);
  const { whole } = entry;
  if (!whole) return nothing(1);
  const standing = { ...(current ?? whole), deleted: false };
  // Somebody brought it back, changed it and deleted it again.
  if (current && !sameThing(standing, { ...whole, deleted: false })) return nothing(1);
  const values = setBack(id, entry, standing, ground);
  const inverse = {
    ...(values.inverse ?? EMPTY),
    stood: { before: false, after: true },
    whole: after(standing, values.ops),
  };
  const back: Op = current ? { op: "restore", id } : asCreate(standing);
  return { ops: [back, ...values.ops], left: values.left, total: 1 + values.total, inverse };
}

const EMPTY: Omit<Entry, "stood"> = { whole: undefined, before: {}, after: {}, typed: [] };

function after(element: CanvasElement, ops: readonly Op[]): CanvasElement {
  return applyWhatFits(element, ops) ?? element;
}

function nothing(left: number): OneTakenBack {
  return { ops: [], left, total: left, inverse: undefined };
}

/** Sets back each unit of what was changed that still is as it was left. */
function setBack(id: string, entry: Entry, current: CanvasElement, ground: Ground): OneTakenBack {
  const set: Values = {};
  const inverse: Entry = { ...EMPTY, stood: { before: true, after: true }, before: {}, after: {} };
  const ops: Op[] = [];
  let left = 0;
  for (const unit of units(entry)) {
    if (unit.every((path) => same(entry.before, path, current))) continue;
    if (!unit.every((path) => same(entry.after, path, current))) {
      left++;
      continue;
    }
    for (const path of unit) {
      set[path] = entry.before[path] ?? null;
      inverse.before[path] = entry.after[path] ?? null;
      inverse.after[path] = entry.before[path] ?? null;
    }
  }
  if (Object.keys(set).length > 0) ops.push({ op: "update", id, set });
  const text = entry.typed.length > 0 ? plainText(current) : "";
  const without = withoutEdits(text, entry.typed);
  if (without !== text) {
    ops.push(ground.retype(current, without));
    inverse.typed = [{ before: text, after: without }];
  }
  return { ops, left, total: countOf(entry), inverse: ops.length > 0 ? inverse : undefined };
}

function countOf(entry: Entry): number {
  return units(entry).length + (entry.typed.length > 0 ? 1 : 0);
}

/** The paths that are taken back together or not at all. */
function units(entry: Entry): string[][] {
  const place: string[] = [];
  const alone: string[][] = [];
  for (const path of Object.keys(entry.after)) {
    if (PLACE.has(path)) place.push(path);
    else alone.push([path]);
  }
  return place.length > 0 ? [place, ...alone] : alone;
}

function same(values: Values, path: string, element: CanvasElement): boolean {
  return sameJson(values[path], readPath(element, path));
}

/**
 * Whether nobody has worked on an element since. What follows from others is no work on it: its place in the order (it is
 * repaired when two are equal), the place of a bound arrow and of a label (they follow their shapes), a text's size.
 */
function sameThing(a: CanvasElement, b: CanvasElement): boolean {
  const follows = followed(a) || followed(b);
  return changedPaths({ ...a, deleted: false }, { ...b, deleted: false }).every(
    (path) => path === "index" || (follows && PLACE.has(path)) || (a.type === "text" && path.startsWith("dimensions.")),
  );
}

function followed({ properties }: CanvasElement): boolean {
  return ["containerId", "startBinding", "endBinding"].some((key) => (properties[key] ?? null) !== null);
}

function withValues(element: CanvasElement, values: Values): CanvasElement {
  return Object.keys(values).length === 0
    ? element
    : (applyOp(element, { op: "update", id: element.id, set: values }) ?? element);
}
