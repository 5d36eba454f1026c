/** PDF documents of the scene; apart, because the library is loaded only when somebody wants one. */

import { PDFDocument } from "pdf-lib";
import { framesOf, type Options, png, type Scene } from "./formats";

/** The whole on one page, or each frame on its own; pictures at `scale`, pages in the canvas's own units. */
export async function pdf(
  scene: Scene,
  options: Options,
  title: string,
  said: (done: number, of: number) => void,
): Promise<Blob> {
  const made = await PDFDocument.create();
  made.setTitle(title);
  const frames = options.pages ? framesOf(scene) : [];
  const pages = frames.length > 0 ? frames : [null];
  const plain = { ...scene, appState: { ...scene.appState, exportEmbedScene: false } };
  for (const [done, frame] of pages.entries()) {
    said(done, pages.length);
    const picture = await made.embedPng(await (await png(plain, options.scale, frame)).arrayBuffer());
    const [width, height] = [picture.width / options.scale, picture.height / options.scale];
    made.addPage([width, height]).drawImage(picture, { x: 0, y: 0, width, height });
  }
  return new Blob([(await made.save()) as BlobPart], { type: "application/pdf" });
}
