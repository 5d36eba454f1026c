/** A change's properties before and after, as rows that people can read. Pure. */

import { locale, t } from "../i18n";
import type { Json } from "../protocol/messages";
import { after, before, told } from "./aspects";
import { colourName, isColour } from "./colours";
import type { Changed, ChangeRecord } from "./rest";

/** null: there was, or is, no value. `colour` is shown beside the text. */
export interface Shown {
  text: string;
  colour?: string;
}

export interface Row {
  path: string;
  label: string;
  before: Shown | null;
  after: Shown | null;
}

/** Two coordinates are one row. */
const PAIRS: Record<string, [string, string]> = {
  "position.x": ["position.x", "position.y"],
  "position.y": ["position.x", "position.y"],
  "dimensions.width": ["dimensions.width", "dimensions.height"],
  "dimensions.height": ["dimensions.width", "dimensions.height"],
};
/** What a new object is told by: the rest is what the component gives all. */
const OF_A_NEW_ONE = new Set(["properties.strokeColor", "properties.backgroundColor", "properties.text"]);

export function rowsOf(record: ChangeRecord): Row[] {
  const changes = told(record).filter(
    ({ path }) => record.action === "update" || path in PAIRS || OF_A_NEW_ONE.has(path),
  );
  const rows = new Map<string, Row>();
  for (const change of changes) {
    const row = rowOf(change, record);
    if (row) rows.set(row.path, row);
  }
  return [...rows.values()];
}

function rowOf(change: Changed, record: ChangeRecord): Row | null {
  const { path } = change;
  const pair = PAIRS[path];
  if (pair) return pairRow(pair, record);
  const row = { path, label: labelOf(path) };
  if (change.appended !== undefined) {
    return { ...row, before: null, after: { text: t("{{count}} more points", { count: change.appended }) } };
  }
  if (change.shortened) return { ...row, before: null, after: { text: t("too long to be shown here") } };
  return { ...row, before: shown(path, before(change)), after: shown(path, after(change)) };
}

/** A coordinate that stayed is not in the record: then the other stands alone. */
function pairRow(pair: [string, string], record: ChangeRecord): Row {
  const [path] = pair;
  const isSize = path.startsWith("dimensions");
  const sides = (side: (change: Changed) => Json): Shown | null => {
    const parts = pair.flatMap((path) => {
      const change = record.changes.find((one) => one.path === path);
      const value = change && side(change);
      return typeof value === "number" ? [{ path, text: number(value) }] : [];
    });
    if (parts.length === 0) return null;
    const [first, second] = parts;
    if (isSize && first && second) return { text: `${first.text} × ${second.text}` };
    return { text: parts.map(({ path, text }) => `${nameOf(path)} ${text}`).join(", ") };
  };
  return { path, label: labelOf(path), before: sides(before), after: sides(after) };
}

function nameOf(path: string): string {
  if (path === "dimensions.width") return t("width");
  if (path === "dimensions.height") return t("height");
  return path.slice(-1);
}

/** A coordinate comes with its name. */
export function valueInWords(path: string, value: Json): Shown | null {
  return path in PAIRS && typeof value === "number" ? { text: `${nameOf(path)} ${number(value)}` } : shown(path, value);
}

/** What of one place or size stands together. */
export function pairOf(path: string): [string, string] | undefined {
  return PAIRS[path];
}

function shown(path: string, value: Json): Shown | null {
  if (value === null) return null;
  if (path === "angle" && typeof value === "number") {
    return { text: `${number((value * 180) / Math.PI)}°` };
  }
  if (/Color$/.test(path) && isColour(value)) return { text: colourName(value), colour: value };
  if (path === "properties.opacity" && typeof value === "number") return { text: `${number(value)} %` };
  if (path === "properties.points" && Array.isArray(value))
    return { text: t("{{count}} points", { count: value.length }) };
  if (path === "properties.roundness") return { text: t("rounded") };
  if (typeof value === "string") return { text: choice(value) };
  if (typeof value === "number") return { text: number(value) };
  if (typeof value === "boolean") return { text: value ? t("yes") : t("no") };
  if (Array.isArray(value)) return value.length > 0 ? { text: String(value.length) } : null;
  return { text: t("set") };
}

/** Values of the component's own choices; anything else is somebody's own words. */
function choice(value: string): string {
  switch (value) {
    case "solid":
      return t("solid");
    case "dashed":
      return t("dashed");
    case "dotted":
      return t("dotted");
    case "hachure":
      return t("hatched");
    case "cross-hatch":
      return t("cross-hatched");
    case "left":
      return t("left");
    case "center":
      return t("centre");
    case "right":
      return t("right");
    default:
      return value;
  }
}

export function labelOf(path: string): string {
  const pair = PAIRS[path];
  if (pair) return path.startsWith("position") ? t("Position") : t("Size");
  switch (path.replace("properties.", "")) {
    case "angle":
      return t("Rotation");
    case "index":
      return t("Layer");
    case "strokeColor":
      return t("Stroke");
    case "backgroundColor":
      return t("Fill");
    case "fillStyle":
      return t("Fill style");
    case "strokeWidth":
      return t("Stroke width");
    case "strokeStyle":
      return t("Stroke style");
    case "roughness":
      return t("Sloppiness");
    case "opacity":
      return t("Opacity");
    case "roundness":
      return t("Corners");
    case "text":
      return t("Text");
    case "fontSize":
      return t("Font size");
    case "fontFamily":
      return t("Font");
    case "textAlign":
    case "verticalAlign":
      return t("Alignment");
    case "points":
      return t("Points");
    case "startBinding":
      return t("Start connected");
    case "endBinding":
      return t("End connected");
    case "startArrowhead":
    case "endArrowhead":
      return t("Arrowhead");
    case "groupIds":
      return t("Groups");
    case "frameId":
      return t("Frame");
    case "locked":
      return t("Locked");
    case "link":
      return t("Link");
    case "name":
      return t("Name");
    default:
      return path.replace("properties.", "");
  }
}

function number(value: number): string {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: 1 }).format(value);
}
