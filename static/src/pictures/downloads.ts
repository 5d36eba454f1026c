/**
 * Fetches pictures that the canvas shows: a few at a time, what is in view first. Somebody else's picture may be on its
 * way to the server still, so "not found" is asked again, ever more rarely, and said to be missing after a while.
 */

import { backoffMs } from "../sync/backoff";

const AT_A_TIME = 4;
/** Two minutes of asking: long enough for a slow upload of one that is in sight. */
const TRIES_UNTIL_MISSING = 14;
const MISSING_AGAIN_MS = 60_000;

export type Fetched = { type: "picture"; blob: Blob } | { type: "absent" } | { type: "later"; afterMs?: number };

export type DownloadState = "loading" | "absent" | "offline" | "missing";

interface Want {
  state: DownloadState;
  tries: number;
  under: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export interface DownloadsOptions {
  fetch: (id: string) => Promise<Fetched>;
  deliver: (id: string, blob: Blob) => Promise<void>;
  /** Sorts what is wanted: first what people look at. */
  order: (ids: string[]) => string[];
  changed: () => void;
}

export class Downloads {
  private readonly wanted = new Map<string, Want>();
  private under = 0;

  constructor(private readonly options: DownloadsOptions) {}

  /** All that is wanted now; what is not in the list any more is not fetched. */
  want(ids: ReadonlySet<string>): void {
    let changed = false;
    for (const [id, want] of this.wanted) {
      if (ids.has(id)) continue;
      clearTimeout(want.timer);
      this.wanted.delete(id);
      changed = true;
    }
    for (const id of ids) {
      if (this.wanted.has(id)) continue;
      this.wanted.set(id, { state: "loading", tries: 0, under: false, timer: undefined });
      changed = true;
    }
    if (!changed) return;
    this.options.changed();
    this.pump();
  }

  state(id: string): DownloadState | undefined {
    return this.wanted.get(id)?.state;
  }

  /** The network may be back. */
  wake(): void {
    for (const want of this.wanted.values()) {
      clearTimeout(want.timer);
      want.timer = undefined;
    }
    this.pump();
  }

  private pump(): void {
    if (this.under >= AT_A_TIME) return;
    const ready = [...this.wanted].filter(([, want]) => !want.under && want.timer === undefined).map(([id]) => id);
    for (const id of this.options.order(ready).slice(0, AT_A_TIME - this.under)) void this.run(id);
  }

  private async run(id: string): Promise<void> {
    const want = this.wanted.get(id);
    if (!want) return;
    this.under++;
    want.under = true;
    try {
      const fetched = await this.options.fetch(id);
      if (this.wanted.get(id) !== want) return;
      if (fetched.type === "picture") {
        await this.options.deliver(id, fetched.blob);
        this.wanted.delete(id);
      } else this.later(want, fetched);
      this.options.changed();
    } finally {
      want.under = false;
      this.under--;
      this.pump();
    }
  }

  private later(want: Want, fetched: Exclude<Fetched, { type: "picture" }>): void {
    const tries = want.tries++;
    let ms = backoffMs(tries);
    if (fetched.type === "later") {
      want.state = "offline";
      ms = fetched.afterMs ?? ms;
    } else if (tries >= TRIES_UNTIL_MISSING) {
      want.state = "missing";
      ms = MISSING_AGAIN_MS;
    } else want.state = "absent";
    want.timer = setTimeout(() => {
      want.timer = undefined;
      this.pump();
    }, ms);
  }
}
