/** What a window shows of the scene, and how one window goes after another of a different size. Pure. */

import type { Viewport } from "../protocol/messages";

export interface Place {
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

/** A window's scroll as the editor component has it: the scene point at the top left corner is (-scrollX, -scrollY). */
export interface Scroll {
  scrollX: number;
  scrollY: number;
  zoom: number;
}

/** The component's own limits. */
const LEAST_ZOOM = 0.1;
const MOST_ZOOM = 30;
/** Two thirds of the way in this time: followed at 20 words a second, the view flows without falling behind. */
const APPROACH_MS = 70;
/** Nearer than this (pixels on the screen, share of zoom) nobody sees a difference. */
const NEAR_PIXELS = 0.5;
const NEAR_ZOOM = 0.001;

export function viewportOf({ scrollX, scrollY, zoom }: Scroll, { width, height }: Size): Viewport {
  return { x: width / 2 / zoom - scrollX, y: height / 2 / zoom - scrollY, zoom, width, height };
}

export function scrollTo({ x, y, zoom }: Viewport, { width, height }: Size): Scroll {
  return { scrollX: width / 2 / zoom - x, scrollY: height / 2 / zoom - y, zoom };
}

/** Another's viewport for a window of this size: the same middle, and all of what the other sees. */
export function fitted(other: Viewport, size: Size): Viewport {
  const { x, y, zoom, width, height } = other;
  const scale = width && height ? Math.min(size.width / width, size.height / height) : 1;
  return { x, y, zoom: Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, zoom * scale)) };
}

/** One step of `ms` on the way; exactly `goal` at the end of it. */
export function approached(current: Viewport, goal: Viewport, ms: number): Viewport {
  const part = 1 - Math.exp(-ms / APPROACH_MS);
  const zoom = current.zoom * (goal.zoom / current.zoom) ** part;
  const next = { x: current.x + (goal.x - current.x) * part, y: current.y + (goal.y - current.y) * part, zoom };
  return near(next, goal) ? goal : next;
}

export function near(one: Viewport, other: Viewport): boolean {
  const pixels = Math.hypot(one.x - other.x, one.y - other.y) * other.zoom;
  return pixels < NEAR_PIXELS && Math.abs(one.zoom / other.zoom - 1) < NEAR_ZOOM;
}
