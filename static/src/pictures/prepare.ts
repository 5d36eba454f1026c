/** From a file that somebody chose to the picture that is uploaded: within the limits, or an error in their words. */

import { t } from "../i18n";
import { moves, type Picture, pictureOf, typeOf } from "./picture";

export const SVG = "image/svg+xml";
/** Sharp on a large screen; a photo of 12 million pixels becomes 1 to 2 MB. */
const MAX_SIDE = 2560;
/** A still picture above is encoded anew, in the hope of less. */
const AIM_BYTES = 4 * 1024 * 1024;
const MAX_SVG_BYTES = 4 * 1024 * 1024;
const QUALITY = 0.9;
/** What the server takes as it is. */
const TAKEN = new Set(["image/png", "image/jpeg", "image/webp"]);

/** Rejects with an Error whose message is for the person. */
export async function prepare(file: Blob, maxBytes: number): Promise<Picture> {
  if (file.type === SVG) return pictureOf(bounded(file, Math.min(maxBytes, MAX_SVG_BYTES)));
  const head = new Uint8Array(await file.slice(0, 32).arrayBuffer());
  const type = typeOf(head);
  // A frame is all that a canvas would leave of an animation.
  if (type !== undefined && moves(head)) return pictureOf(bounded(new Blob([file], { type }), maxBytes));
  const image = await createImageBitmap(file).catch(() => {
    throw new Error(t("This picture cannot be read."));
  });
  try {
    const scale = Math.min(1, MAX_SIDE / Math.max(image.width, image.height));
    const fits = scale === 1 && file.size <= Math.min(AIM_BYTES, maxBytes);
    if (fits && type !== undefined && TAKEN.has(type)) return await pictureOf(new Blob([file], { type }));
    return await pictureOf(bounded(await redrawn(image, scale, type), maxBytes));
  } finally {
    image.close();
  }
}

async function redrawn(image: ImageBitmap, scale: number, type: string | undefined): Promise<Blob> {
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const brush = canvas.getContext("2d");
  if (!brush) throw new Error(t("This picture cannot be read."));
  brush.imageSmoothingQuality = "high";
  brush.drawImage(image, 0, 0, width, height);
  // A browser that cannot write WebP writes PNG.
  return canvas.convertToBlob({ type: type === "image/jpeg" ? type : "image/webp", quality: QUALITY });
}

function bounded(blob: Blob, most: number): Blob {
  if (blob.size <= most) return blob;
  const size = (blob.size / 1024 / 1024).toFixed(1);
  throw new Error(
    t("This picture has {{size}} MB; at most {{most}} MB can be uploaded.", { size, most: most / 1024 / 1024 }),
  );
}

export function dataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(reader.error ?? new Error("not read"));
    reader.readAsDataURL(blob);
  });
}

/** The bytes of a data URL; undefined for anything else. Not fetched: a policy may forbid it. */
export function blobOf(url: string): Blob | undefined {
  const match = /^data:(image\/[\w.+-]+);base64,/.exec(url);
  if (!match) return undefined;
  try {
    const bytes = Uint8Array.from(atob(url.slice(match[0].length)), (char) => char.charCodeAt(0));
    return new Blob([bytes], { type: match[1] ?? "" });
  } catch {
    return undefined;
  }
}
