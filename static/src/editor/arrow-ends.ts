/**
 * Two people move the two shapes that an arrow joins: each takes along the end that they see, and one of the two hangs in
 * the air. From the shapes alone follows where an end belongs, so whoever says it says the same.
 */

export interface Box {
  type: string;
  x: number;
  y: number;
  width: number;
  height: number;
  angle: number;
}

export type Point = readonly [number, number];

/** Beyond the gap that a binding keeps, this far off in px nobody would have left an end. */
const TOLERANCE = 8;

/** Where the end belongs; undefined while it is where it may be. `towards` is where the arrow comes from. */
export function endOn(box: Box, gap: number, end: Point, towards: Point): Point | undefined {
  const local = into(box, end);
  const off = distance(box, local);
  const reach = Math.max(0, gap) + TOLERANCE;
  // An end may also lie inside its shape, where somebody put it; not as deep as its middle.
  const deepest = -Math.min(box.width, box.height) / 2 - 1;
  if (off <= reach && off >= deepest) return undefined;
  const from = into(box, towards);
  const length = Math.hypot(from[0], from[1]);
  if (length === 0) return undefined;
  const direction: Point = [from[0] / length, from[1] / length];
  const onOutline = rayLength(box, direction) + Math.max(0, gap);
  return outOf(box, [direction[0] * onOutline, direction[1] * onOutline]);
}

export function centre({ x, y, width, height }: Box): Point {
  return [x + width / 2, y + height / 2];
}

/** From the middle of the box to its outline. */
function rayLength({ type, width, height }: Box, [dx, dy]: Point): number {
  const [a, b] = [Math.max(width, 1) / 2, Math.max(height, 1) / 2];
  if (type === "ellipse") return 1 / Math.hypot(dx / a, dy / b);
  if (type === "diamond") return 1 / (Math.abs(dx) / a + Math.abs(dy) / b);
  return Math.min(dx === 0 ? Infinity : a / Math.abs(dx), dy === 0 ? Infinity : b / Math.abs(dy));
}

/** How far a point, seen from the middle, is outside of the outline; below zero inside. */
function distance(box: Box, point: Point): number {
  const length = Math.hypot(point[0], point[1]);
  if (length === 0) return -Math.min(box.width, box.height) / 2;
  if (box.type !== "ellipse" && box.type !== "diamond") {
    const [outX, outY] = [Math.abs(point[0]) - box.width / 2, Math.abs(point[1]) - box.height / 2];
    return outX > 0 || outY > 0 ? Math.hypot(Math.max(0, outX), Math.max(0, outY)) : Math.max(outX, outY);
  }
  return length - rayLength(box, [point[0] / length, point[1] / length]);
}

function into(box: Box, [x, y]: Point): Point {
  const [cx, cy] = centre(box);
  return turned([x - cx, y - cy], -box.angle);
}

function outOf(box: Box, point: Point): Point {
  const [cx, cy] = centre(box);
  const [x, y] = turned(point, box.angle);
  return [x + cx, y + cy];
}

function turned([x, y]: Point, angle: number): Point {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [x * cos - y * sin, x * sin + y * cos];
}
