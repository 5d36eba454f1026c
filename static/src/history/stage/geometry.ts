/** Where elements are, and which one a point means. In the scene's coordinates. Pure. */

import type { CanvasElement, Json } from "../../protocol/messages";

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

const DRAWN_BY_POINTS = new Set(["line", "arrow", "freedraw"]);
/** These are meant only where nothing else is: what they hold stands inside them. */
const FRAMES = new Set(["frame", "magicframe"]);

/** What an element covers, turned as it is. */
export function boundsOf(element: CanvasElement): Box {
  const box = unturned(element);
  if (element.angle === 0) return box;
  const middle = centre(box);
  const corners = cornersOf(box).map((corner) => turned(corner, middle, element.angle));
  return around(corners);
}

/** As boundsOf; but a label is where its shape is: it is laid out anew wherever it is drawn. */
export function placeOf(element: CanvasElement, state: ReadonlyMap<string, CanvasElement>): Box {
  const container = state.get(containerOf(element) ?? "");
  return boundsOf(container && !container.deleted ? container : element);
}

/** The shape whose label it is. */
export function containerOf({ type, properties }: CanvasElement): string | undefined {
  const { containerId } = properties;
  return type === "text" && typeof containerId === "string" ? containerId : undefined;
}

/** What an element covers before it is turned around the middle of it. */
export function unturned(element: CanvasElement): Box {
  const { position, dimensions } = element;
  const points = pointsOf(element);
  if (points.length > 0) return around(points);
  const { width, height } = dimensions;
  return {
    x: position.x + Math.min(0, width),
    y: position.y + Math.min(0, height),
    width: Math.abs(width),
    height: Math.abs(height),
  };
}

export function centre({ x, y, width, height }: Box): Point {
  return { x: x + width / 2, y: y + height / 2 };
}

export function intersects(a: Box, b: Box): boolean {
  return a.x <= b.x + b.width && b.x <= a.x + a.width && a.y <= b.y + b.height && b.y <= a.y + a.height;
}

/** The box between two corners, whichever they are. */
export function between(a: Point, b: Point): Box {
  return around([a, b]);
}

export function union(boxes: readonly Box[]): Box | undefined {
  if (boxes.length === 0) return undefined;
  return around(boxes.flatMap(({ x, y, width, height }) => [{ x, y }, { x: x + width, y: y + height }])); // prettier-ignore
}

/**
 * The element that a point means: the topmost whose ink is there, then the topmost hollow shape around it, then a frame.
 * `elements` in the order of drawing.
 */
export function elementAt<Element extends CanvasElement>(
  elements: readonly Element[],
  point: Point,
  near: number,
): Element | undefined {
  let hollow: Element | undefined;
  let frame: Element | undefined;
  for (let place = elements.length - 1; place >= 0; place--) {
    const element = elements[place]!;
    const how = hit(element, point, near);
    if (how === undefined) continue;
    if (FRAMES.has(element.type)) frame ??= element;
    else if (how === "ink") return element;
    else hollow ??= element;
  }
  return hollow ?? frame;
}

function hit(element: CanvasElement, at: Point, near: number): "ink" | "hollow" | undefined {
  const box = unturned(element);
  const point = element.angle === 0 ? at : turned(at, centre(box), -element.angle);
  const { x, y, width, height } = box;
  const inside = (by: number): boolean =>
    point.x >= x - by && point.x <= x + width + by && point.y >= y - by && point.y <= y + height + by;
  if (!inside(near)) return undefined;
  if (DRAWN_BY_POINTS.has(element.type)) return alongPoints(element, point, near) ? "ink" : undefined;
  if (element.type === "text" || element.type === "image") return "ink";
  const { backgroundColor } = element.properties;
  if (typeof backgroundColor === "string" && backgroundColor !== "transparent") return "ink";
  return inside(-near) ? "hollow" : "ink";
}

function alongPoints(element: CanvasElement, point: Point, near: number): boolean {
  const points = pointsOf(element);
  if (points.length < 2) return true;
  return points.some((end, place) => place > 0 && distance(point, points[place - 1]!, end) <= near);
}

function distance(point: Point, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const part = length === 0 ? 0 : ((point.x - from.x) * dx + (point.y - from.y) * dy) / length;
  const along = Math.min(1, Math.max(0, part));
  return Math.hypot(point.x - from.x - along * dx, point.y - from.y - along * dy);
}

function pointsOf({ type, position, properties }: CanvasElement): Point[] {
  const { points } = properties;
  if (!DRAWN_BY_POINTS.has(type) || !Array.isArray(points)) return [];
  return points.flatMap((point) => (isPair(point) ? [{ x: position.x + point[0], y: position.y + point[1] }] : []));
}

function isPair(value: Json): value is [number, number] {
  return Array.isArray(value) && typeof value[0] === "number" && typeof value[1] === "number";
}

function cornersOf({ x, y, width, height }: Box): Point[] {
  return [
    { x, y },
    { x: x + width, y },
    { x: x + width, y: y + height },
    { x, y: y + height },
  ];
}

function turned(point: Point, middle: Point, angle: number): Point {
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const [dx, dy] = [point.x - middle.x, point.y - middle.y];
  return { x: middle.x + dx * cos - dy * sin, y: middle.y + dx * sin + dy * cos };
}

/** By hand: a stroke has more points than a call has arguments. */
function around(points: readonly Point[]): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of points) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x);
    bottom = Math.max(bottom, y);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}
