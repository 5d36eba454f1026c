/** What the part of an address after # asks to be shown: elements, or a part of the canvas. Pure. */

export type Place = { kind: "elements"; ids: string[] } | { kind: "view"; x: number; y: number; zoom: number };

const ID = /^[A-Za-z0-9_-]{1,64}$/;
/** An address stays short enough for any chat. */
const MOST_IDS = 20;
const MAX_COORDINATE = 1e9;
const ZOOM = { least: 0.1, most: 30 };

/** `#element=<id>[,<id>...]` or `#view=<x>,<y>,<zoom>`, x and y being the middle of the window; null for anything else. */
export function parsePlace(hash: string): Place | null {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const element = fields.get("element");
  if (element !== null) {
    const ids = element.split(",").filter((id) => ID.test(id));
    return ids.length > 0 ? { kind: "elements", ids: ids.slice(0, MOST_IDS) } : null;
  }
  const [x, y, zoom, ...more] = (fields.get("view") ?? "").split(",").map((part) => (part === "" ? NaN : Number(part)));
  if (x === undefined || y === undefined || zoom === undefined || more.length > 0) return null;
  if (![x, y, zoom].every(Number.isFinite) || Math.abs(x) > MAX_COORDINATE || Math.abs(y) > MAX_COORDINATE) return null;
  return { kind: "view", x, y, zoom: Math.min(ZOOM.most, Math.max(ZOOM.least, zoom)) };
}

export function formatPlace(place: Place): string {
  if (place.kind === "elements") return `#element=${place.ids.slice(0, MOST_IDS).join(",")}`;
  return `#view=${[Math.round(place.x), Math.round(place.y), Math.round(place.zoom * 1000) / 1000].join(",")}`;
}
