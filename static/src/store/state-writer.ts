/** Writes the confirmed state behind: what changed, a moment after it changed, and the whole only when it must. */

import type { Confirmed } from "../sync/keeper";
import { type CanvasChange, makeRoom, saveCanvas } from "./canvases";
import type { CanvasFacts, Database } from "./database";

export const WRITE_BEHIND_MS = 2_000;

export class StateWriter {
  /** The elements that changed after `since`; of no account while the whole is to be written (`since` null). */
  private dirty = new Set<string>();
  private replica: Confirmed | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private writing: Promise<void> | undefined;
  private over = false;

  /** `since`: the commit up to which the state is kept already. `full` is told, once, that the device takes no more. */
  constructor(
    private readonly database: Database,
    private readonly canvas: string,
    private readonly facts: CanvasFacts,
    private since: number | null,
    private readonly full: () => void,
  ) {}

  moved(ids: ReadonlySet<string> | null, replica: Confirmed): void {
    if (this.over) return;
    this.replica = replica;
    if (ids === null) this.since = null;
    else for (const id of ids) this.dirty.add(id);
    this.timer ??= setTimeout(() => void this.flush(), WRITE_BEHIND_MS);
  }

  /** Writes what is due now. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.writing) {
      await this.writing;
      if (this.timer !== undefined) await this.flush();
      return;
    }
    const change = this.takeChange();
    if (change === null || this.over) return;
    this.writing = this.write(change);
    await this.writing;
    this.writing = undefined;
  }

  private takeChange(): CanvasChange | null {
    const { replica, since } = this;
    if (replica === undefined || replica.seq === null || (since === replica.seq && this.dirty.size === 0)) return null;
    const ids = since === null ? replica.ids() : this.dirty;
    const elements = [...ids].flatMap((id) => replica.get(id) ?? []);
    this.dirty = new Set();
    this.since = replica.seq;
    return { since, seq: replica.seq, digest: replica.digest, elements };
  }

  private async write(change: CanvasChange): Promise<void> {
    try {
      const done = await saveCanvas(this.database, this.canvas, this.facts, change, Date.now());
      if (!done && this.replica) this.moved(null, this.replica);
      if (change.since === null) await makeRoom(this.database, this.canvas);
    } catch (error) {
      await this.failed(error);
    }
  }

  /** A full disk may have room without the other canvases; after that, this page goes on without keeping the state. */
  private async failed(error: unknown): Promise<void> {
    const room = isQuota(error) && (await forgetTheOthers(this.database, this.canvas));
    if (room && this.replica) return this.moved(null, this.replica);
    this.over = true;
    this.full();
  }
}

export function isQuota(error: unknown): boolean {
  return error instanceof DOMException && error.name === "QuotaExceededError";
}

/** True when there were others. */
async function forgetTheOthers(database: Database, canvas: string): Promise<boolean> {
  try {
    const before = await database.count("canvases");
    await makeRoom(database, canvas, { canvases: 0, bytes: 0 });
    return (await database.count("canvases")) < before;
  } catch {
    return false;
  }
}
