/** The part of a picture that a window shows, and how hands move it. Pure. */

export interface View {
  x: number;
  y: number;
  /** Pixels of the window for one unit of the picture. */
  scale: number;
}

export interface Size {
  width: number;
  height: number;
}

export interface Box extends Size {
  x: number;
  y: number;
}

const ZOOM = { least: 0.02, most: 20 };
/** A small drawing is not blown up. */
const MOST_FITTED = 1.5;

/** The whole of `box` in the middle of the window. */
export function fit(box: Box, window: Size): View {
  const scale = clamp(Math.min(window.width / box.width, window.height / box.height, MOST_FITTED));
  return {
    x: box.x + box.width / 2 - window.width / scale / 2,
    y: box.y + box.height / 2 - window.height / scale / 2,
    scale,
  };
}

/** What is under the point of the window stays there. */
export function zoomAt(view: View, factor: number, at: { x: number; y: number }): View {
  const scale = clamp(view.scale * factor);
  return { x: view.x + at.x / view.scale - at.x / scale, y: view.y + at.y / view.scale - at.y / scale, scale };
}

export function pan(view: View, dx: number, dy: number): View {
  return { ...view, x: view.x - dx / view.scale, y: view.y - dy / view.scale };
}

export function viewBox(view: View, window: Size): string {
  return [view.x, view.y, window.width / view.scale, window.height / view.scale].map((n) => n.toFixed(2)).join(" ");
}

export function parseBox(text: string | null): Box {
  const [x, y, width, height] = (text ?? "").split(/\s+/).map(Number);
  if (x === undefined || y === undefined || !width || !height || ![x, y, width, height].every(Number.isFinite)) {
    return { x: 0, y: 0, width: 320, height: 200 };
  }
  return { x, y, width, height };
}

function clamp(scale: number): number {
  return Math.min(ZOOM.most, Math.max(ZOOM.least, scale));
}
