import type { CanvasElement } from "../protocol/messages";
import { toExcalidraw } from "./mapping";

/** Puts elements into the clipboard as the component does, so that they can be pasted on any canvas. */
export async function copyElements(elements: readonly CanvasElement[]): Promise<void> {
  const copied = { type: "excalidraw/clipboard", elements: elements.map(toExcalidraw), files: {} };
  await navigator.clipboard.writeText(JSON.stringify(copied));
}
