/** What each op makes of an element, as the server does it. Elements are never changed in place. */

import type { CanvasElement, CreateOp, Json, Op, UpdateOp } from "../protocol/messages";

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
    case "append": {
      const current = readPath(element, op.path);
      const length = Array.isArray(current) ? current.length : 0;
      if (op.at !== length) return undefined;
      return withPath(element, op.path, [...(Array.isArray(current) ? current : []), ...op.values]);
    }
  }
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
  return result;
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
