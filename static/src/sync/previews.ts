/**
 * What other people's hands are doing right now. A preview lies over the state until a delta of its gesture, its end or
 * silence; it never enters the state. Each client has at most one.
 */

import type { Op, Preview } from "../protocol/messages";

export const PREVIEW_SILENCE_MS = 3_000;
/**
 * A long gesture is committed in pieces while it goes on. Its preview outlives the piece by a moment, so that a
 * hand still moving does not jump back to the piece for one frame.
 */
export const PREVIEW_GRACE_MS = 60;

interface Held {
  gesture: string;
  ops: readonly Op[];
  expires: number;
}

export class RemotePreviews {
  private held = new Map<string, Held>();

  opsOf(id: string): Op[] {
    const ops: Op[] = [];
    for (const preview of this.held.values()) for (const op of preview.ops) if (op.id === id) ops.push(op);
    return ops;
  }

  elementIds(): Iterable<string> {
    return [...this.held.values()].flatMap(idsOf);
  }

  /** Sets or (null) ends a client's preview; the elements concerned. */
  set(client: string, preview: Preview | null, now: number): Set<string> {
    const touched = new Set(this.idsOfClient(client));
    if (preview === null) {
      this.held.delete(client);
    } else {
      this.held.set(client, { gesture: preview.gesture, ops: preview.ops, expires: now + PREVIEW_SILENCE_MS });
      for (const op of preview.ops) touched.add(op.id);
    }
    return touched;
  }

  /** A delta of this gesture has arrived. */
  settle(gesture: string, now: number): void {
    for (const preview of this.held.values()) {
      if (preview.gesture === gesture) preview.expires = Math.min(preview.expires, now + PREVIEW_GRACE_MS);
    }
  }

  /** Drops what is over; the elements concerned. */
  expire(now: number): Set<string> {
    const touched = new Set<string>();
    for (const [client, preview] of this.held) {
      if (preview.expires > now) continue;
      this.held.delete(client);
      for (const id of idsOf(preview)) touched.add(id);
    }
    return touched;
  }

  clear(): Set<string> {
    const touched = new Set(this.elementIds());
    this.held.clear();
    return touched;
  }

  /** When the next one ends, if nothing happens. */
  nextExpiry(): number | undefined {
    const times = [...this.held.values()].map((preview) => preview.expires);
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  private idsOfClient(client: string): string[] {
    const preview = this.held.get(client);
    return preview ? idsOf(preview) : [];
  }
}

function idsOf(preview: Held): string[] {
  return preview.ops.map((op) => op.id);
}
