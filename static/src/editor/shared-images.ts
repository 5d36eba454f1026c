/** Pictures that were shared with the application, and that the person chose this canvas for (pwa/share-page.ts). */

import { drop, waiting } from "../sw/shared";

const ASKED = "#shared";
/** Between pictures, so that none covers the one before. */
const STEP = 32;

/** Drops them in the middle of the canvas, as a hand would: sizes, limits and uploads are those of any picture. */
export async function takeSharedImages(): Promise<void> {
  if (location.hash !== ASKED) return;
  history.replaceState(history.state, "", location.pathname + location.search);
  const canvas = document.querySelector(".excalidraw canvas.interactive");
  const files = await waiting("images");
  if (!canvas || files.length === 0) return;
  await drop("images");
  const { left, top, width, height } = canvas.getBoundingClientRect();
  for (const [i, file] of files.entries()) {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(file);
    const at = { clientX: left + width / 2 + i * STEP, clientY: top + height / 2 + i * STEP };
    canvas.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer, ...at }));
  }
}
