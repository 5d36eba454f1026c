/** What each op makes of an element, as the server does it. Elements are never changed in place. */

import type { CanvasElement, CreateOp, Json, Op, UpdateOp } from "../protocol/messages";
import { applyText, isText, textOp } from "./text";

/** In the order in which they count. */
const TEXT_PATHS = ["properties.originalText", "properties.text"] as const;

export function created(op: CreateOp): CanvasElement {
  const properties: Record<string, Json> = {};
  for (const [key, value] of Object.entries(op.properties ?? {})) if (value !== null) properties[key] = value;
  return {
    id: op.id,
    type: op.type,
    version: 0,
    position: op.position,
    dimensions: op.dimensions,
    angle: op.angle ?? 0,
    index: op.index ?? "a0",
    properties,
    deleted: false,
  };
}

export function asCreate(element: CanvasElement): CreateOp {
  const { id, type, position, dimensions, angle, index, properties } = element;
  return { op: "create", id, type, position, dimensions, angle, index, properties };
}

/** The element after `op`; undefined where the server would refuse it. */
export function applyOp(element: CanvasElement | undefined, op: Op): CanvasElement | undefined {
  if (op.op === "create") return element === undefined ? created(op) : undefined;
  if (element === undefined) return undefined;
  if (op.op === "restore") return element.deleted ? { ...element, deleted: false } : element;
  if (element.deleted) return undefined;
  switch (op.op) {
    case "delete":
      return { ...element, deleted: true };
    case "update":
      return updated(element, op);
    case "text":
      return applyText(element, op.update);
    case "append": {
      const current = readPath(element, op.path);
      const length = Array.isArray(current) ? current.length : 0;
      if (op.at !== length) return undefined;
      return withPath(element, op.path, [...(Array.isArray(current) ? current : []), ...op.values]);
    }
  }
}

/** Whether the op gives an element a text without merging it into the one that stands. */
export function setsText(op: Op): boolean {
  return op.op === "update" && TEXT_PATHS.some((path) => path in op.set);
}

/**
 * As the server drafts ops: a text that is set on an element that stands is merged into what stands there, so that what
 * comes after it is typed into the same text here and there. `base` is what the ops go on from.
 */
export function asDrafted(
  ops: readonly Op[],
  base: (id: string) => CanvasElement | undefined,
  textClient: number,
): readonly Op[] {
  if (!ops.some(setsText)) return ops;
  const made = new Map<string, CanvasElement | undefined>();
  const drafted: Op[] = [];
  for (const op of ops) {
    const element = made.has(op.id) ? made.get(op.id) : base(op.id);
    const parts = element && op.op === "update" && !element.deleted ? withTextMerged(element, op, textClient) : [op];
    made.set(op.id, applyWhatFits(element, parts));
    drafted.push(...parts);
  }
  return drafted;
}

function withTextMerged(element: CanvasElement, op: UpdateOp, textClient: number): Op[] {
  const texts = TEXT_PATHS.map((path) => op.set[path]);
  const wellTyped = texts.every((value) => value === undefined || value === null || typeof value === "string");
  if (!isText(element) || !setsText(op) || !wellTyped) return [op];
  const rest = Object.entries(op.set).filter(([path]) => !TEXT_PATHS.some((text) => text === path));
  const merged = textOp(element, texts.find((value) => typeof value === "string") ?? "", textClient);
  return [...(rest.length > 0 ? [{ ...op, set: Object.fromEntries(rest) }] : []), ...(merged ? [merged] : [])];
}

/** The element after those of `ops` that apply to it: how pending work looks on a state that has moved on. */
export function applyWhatFits(element: CanvasElement | undefined, ops: readonly Op[]): CanvasElement | undefined {
  let result = element;
  for (const op of ops) result = applyOp(result, op) ?? result;
  return result;
}

/**
 * As applyWhatFits, for a preview: it may have been made on a state slightly older or newer than ours, so a create
 * replaces what stands and an append overlaps what has arrived meanwhile.
 */
export function overlay(element: CanvasElement | undefined, ops: readonly Op[]): CanvasElement | undefined {
  let result = element;
  for (const op of ops) {
    if (op.op === "create") {
      if (result === undefined) result = created(op);
      else if (!result.deleted) result = { ...created(op), version: result.version };
    } else if (op.op === "append" && result !== undefined && !result.deleted) {
      const current = readPath(result, op.path);
      const list = Array.isArray(current) ? current : [];
      if (op.at <= list.length && op.at + op.values.length > list.length) {
        result = withPath(result, op.path, [...list.slice(0, op.at), ...op.values]);
      }
    } else {
      result = applyOp(result, op) ?? result;
    }
  }
  return result;
}

function updated(element: CanvasElement, op: UpdateOp): CanvasElement {
  let result = element;
  for (const [path, value] of Object.entries(op.set)) result = withPath(result, path, value);
  if (!setsText(op) || result.ytext === undefined) return result;
  // A text that was set, not merged (logs from before there were text ops have that), begins anew.
  const { ytext: _, ...rest } = result;
  return rest;
}

export function readPath(element: CanvasElement, path: string): Json | undefined {
  switch (path) {
    case "position.x":
      return element.position.x;
    case "position.y":
      return element.position.y;
    case "dimensions.width":
      return element.dimensions.width;
    case "dimensions.height":
      return element.dimensions.height;
    case "angle":
      return element.angle;
    case "index":
      return element.index;
  }
  let value: Json | undefined = element.properties;
  for (const key of path.split(".").slice(1)) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

function withPath(element: CanvasElement, path: string, value: Json): CanvasElement {
  const keys = path.split(".");
  const number = typeof value === "number" ? value : 0;
  switch (path) {
    case "position.x":
      return { ...element, position: { x: number, y: element.position.y } };
    case "position.y":
      return { ...element, position: { x: element.position.x, y: number } };
    case "dimensions.width":
      return { ...element, dimensions: { width: number, height: element.dimensions.height } };
    case "dimensions.height":
      return { ...element, dimensions: { width: element.dimensions.width, height: number } };
    case "angle":
      return { ...element, angle: number };
    case "index":
      return typeof value === "string" ? { ...element, index: value } : element;
  }
  if (keys[0] !== "properties") return element;
  return { ...element, properties: withKey(element.properties, keys.slice(1), value) };
}

function withKey(object: Record<string, Json>, keys: readonly string[], value: Json): Record<string, Json> {
  const [key, ...rest] = keys;
  if (key === undefined) return object;
  const copy = { ...object };
  if (rest.length > 0) {
    const inner = copy[key];
    if (!isObject(inner) && value === null) return object;
    copy[key] = withKey(isObject(inner) ? inner : {}, rest, value);
  } else if (value === null) {
    delete copy[key];
  } else {
    copy[key] = value;
  }
  return copy;
}

function isObject(value: Json | undefined): value is Record<string, Json> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
