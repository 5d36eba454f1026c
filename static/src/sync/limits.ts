/** The server's limits on one intent, and the splitting of large pastes below them. */

import type { Op } from "../protocol/messages";

export const MAX_OPS = 1_000;
/** The server refuses above 512 KiB of JSON; aim below, so that envelope and escapes fit. */
export const AIM_INTENT_BYTES = 400_000;
/** What the server takes of an element, until its welcome says. */
export const MAX_ELEMENT_BYTES = 256 * 1024;
/** The server closes above 64 KiB of presence; a gesture beyond that is seen by the others when it is durable. */
export const MAX_PREVIEW_BYTES = 60_000;

export function jsonBytes(value: unknown): number {
  return utf8Length(JSON.stringify(value));
}

/** Ops in their order, in lists that each fit an intent. One op alone above the aim stands alone. */
export function split(ops: readonly Op[]): Op[][] {
  const parts: Op[][] = [];
  let part: Op[] = [];
  let bytes = 0;
  for (const op of ops) {
    const size = jsonBytes(op) + 1;
    if (part.length > 0 && (part.length >= MAX_OPS || bytes + size > AIM_INTENT_BYTES)) {
      parts.push(part);
      part = [];
      bytes = 0;
    }
    part.push(op);
    bytes += size;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}

export function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    // A surrogate pair is two code units and four bytes.
    length += code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 1 : 2;
  }
  return length;
}
