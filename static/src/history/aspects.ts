/** What a change was about: which of its values count, and what they have in common. Pure. */

import type { Json } from "../protocol/messages";
import { sameJson } from "../sync/equal";
import type { Changed, ChangeRecord } from "./rest";

export type Aspect =
  | "position"
  | "size"
  | "angle"
  | "stroke"
  | "fill"
  | "text"
  | "order"
  | "grown"
  | "points"
  | "bound"
  | "style"
  | "lettering"
  | "group"
  | "frame"
  | "lock"
  | "link"
  | "name"
  | "other";

/** Nobody decides these: they follow from something else, or only the drawing of lines needs them. */
const SILENT = new Set(
  ["seed", "ytext", "originalText", "lineHeight", "autoResize", "boundElements", "baseline", "containerId"]
    .concat(["pressures", "simulatePressure", "lastCommittedPoint", "startIsSpecial", "endIsSpecial", "customData"])
    .map((name) => `properties.${name}`),
);

const BY_NAME: Record<string, Aspect> = {
  strokeColor: "stroke",
  backgroundColor: "fill",
  text: "text",
  points: "points",
  fixedSegments: "points",
  startBinding: "bound",
  endBinding: "bound",
  fillStyle: "style",
  strokeWidth: "style",
  strokeStyle: "style",
  roughness: "style",
  opacity: "style",
  roundness: "style",
  startArrowhead: "style",
  endArrowhead: "style",
  elbowed: "style",
  fontSize: "lettering",
  fontFamily: "lettering",
  textAlign: "lettering",
  verticalAlign: "lettering",
  groupIds: "group",
  frameId: "frame",
  locked: "lock",
  link: "link",
  name: "name",
};

/** What follows from another aspect is not told beside it. */
const IMPLIES: [Aspect, Aspect[]][] = [
  ["grown", ["position", "size", "points"]],
  ["text", ["position", "size"]],
  ["lettering", ["position", "size"]],
  ["points", ["position", "size", "bound"]],
  ["size", ["position", "bound"]],
  ["angle", ["position", "bound"]],
  ["position", ["bound"]],
];

export function aspectOf({ path, appended }: Changed): Aspect {
  if (appended !== undefined) return "grown";
  const [first, name = ""] = path.split(".");
  switch (first) {
    case "position":
      return "position";
    case "dimensions":
      return "size";
    case "angle":
      return "angle";
    case "index":
      return "order";
    default:
      return BY_NAME[name] ?? "other";
  }
}

export function isSilent(path: string): boolean {
  return SILENT.has(path);
}

/** The values that are another than before; one that came back to where it was says nothing. */
export function told({ changes }: ChangeRecord): Changed[] {
  return changes.filter(
    (change) =>
      !isSilent(change.path) &&
      (change.appended !== undefined || change.shortened === true || !sameJson(before(change), after(change))),
  );
}

export function aspectsOf(record: ChangeRecord): Aspect[] {
  const found = new Set(told(record).map(aspectOf));
  for (const [aspect, follow] of IMPLIES) if (found.has(aspect)) for (const one of follow) found.delete(one);
  return [...found];
}

export function before(change: Changed): Json {
  return change.before ?? null;
}

export function after(change: Changed): Json {
  return change.after ?? null;
}

export function valueOf(record: ChangeRecord, path: string): { before: Json; after: Json } | undefined {
  const change = record.changes.find((one) => one.path === path);
  return change && change.appended === undefined && !change.shortened
    ? { before: before(change), after: after(change) }
    : undefined;
}
