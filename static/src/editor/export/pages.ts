/** What an export is made of: sizes that browsers can draw, frames as pages in reading order, names of files. Pure. */

/** Beyond these, browsers hand out empty canvases. */
export const MAX_SIDE = 16_000;
export const MAX_PIXELS = 120_000_000;

/** The scale asked for, or the largest at which a picture of this size can be drawn. */
export function possibleScale(width: number, height: number, wanted: number): number {
  const side = MAX_SIDE / Math.max(width, height, 1);
  const area = Math.sqrt(MAX_PIXELS / Math.max(width * height, 1));
  return Math.min(wanted, side, area);
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Row by row, in each from left to right: what begins above the middle of a row's first frame belongs to the row. */
export function inReadingOrder<T extends Box>(frames: readonly T[]): T[] {
  const waiting = [...frames].sort((a, b) => a.y - b.y || a.x - b.x);
  const ordered: T[] = [];
  while (waiting.length > 0) {
    const first = waiting[0] as T;
    const row = waiting.filter((frame) => frame === first || frame.y < first.y + first.height / 2);
    ordered.push(...row.sort((a, b) => a.x - b.x));
    for (const frame of row) waiting.splice(waiting.indexOf(frame), 1);
  }
  return ordered;
}

/** A canvas's name as a file's, on any system. */
export function fileName(canvas: string, extension: string): string {
  const safe = canvas.replace(/[\u0000-\u001f\u007f/\\:*?"<>|]/g, "_").replace(/^[ .]+|[ .]+$/g, "");
  return `${safe || "canvas"}.${extension}`;
}
