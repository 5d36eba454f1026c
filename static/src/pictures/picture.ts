/** A picture as it is uploaded: its bytes, and the id that they have everywhere. */

export interface Picture {
  /** SHA-256 of the bytes, in hex: the wire's `properties.fileId` and the asset's id. */
  id: string;
  blob: Blob;
}

const ID = /^[0-9a-f]{64}$/;

export function isPictureId(id: unknown): id is string {
  return typeof id === "string" && ID.test(id);
}

export async function pictureOf(blob: Blob): Promise<Picture> {
  const hash = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  const id = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return { id, blob };
}

/** What an image is by its first bytes: a file's own word for it may be wrong. */
export function typeOf(head: Uint8Array): string | undefined {
  const text = String.fromCharCode(...head.subarray(0, 16));
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (text.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (text.startsWith("GIF87a") || text.startsWith("GIF89a")) return "image/gif";
  if (text.startsWith("RIFF") && text.slice(8, 12) === "WEBP") return "image/webp";
  if (text.slice(4, 12) === "ftypavif") return "image/avif";
  return undefined;
}

/** A WebP's header says whether it moves. */
export function moves(head: Uint8Array): boolean {
  const type = typeOf(head);
  const extended = String.fromCharCode(...head.subarray(12, 16)) === "VP8X";
  return type === "image/gif" || (type === "image/webp" && extended && ((head[20] ?? 0) & 0x02) !== 0);
}
