/** Sends what is shown of this person, throttled: previews and a laser at most 60 times a second, the rest at most 20. */

import type { Preview, PresenceFields, PresenceMessage } from "../protocol/messages";

export const PRESENCE_INTERVAL_MS = 50;
export const PREVIEW_INTERVAL_MS = 16;
/** When the server asks to send slowly. */
export const SLOW_INTERVAL_MS = 250;

export class PresenceSender {
  private changed: PresenceFields = {};
  private known: Omit<PresenceFields, "preview"> = {};
  private lastSent = Number.NEGATIVE_INFINITY;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private slow = false;

  constructor(private readonly send: (message: PresenceMessage) => void) {}

  update(fields: Omit<PresenceFields, "preview">): void {
    Object.assign(this.known, fields);
    Object.assign(this.changed, fields);
    this.schedule();
  }

  preview(preview: Preview | null): void {
    this.changed.preview = preview;
    this.schedule();
  }

  /** The hand let go: a preview that still waits for its turn must not follow the result. */
  withdrawPreview(): void {
    delete this.changed.preview;
  }

  setSlow(slow: boolean): void {
    this.slow = slow;
  }

  /** After joining, the others know nothing of us. */
  joined(): void {
    this.changed = { ...this.known };
    this.schedule();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private schedule(): void {
    const drawing = this.changed.preview !== undefined || this.known.laser;
    const interval = this.slow ? SLOW_INTERVAL_MS : drawing ? PREVIEW_INTERVAL_MS : PRESENCE_INTERVAL_MS;
    const wait = this.lastSent + interval - performance.now();
    clearTimeout(this.timer);
    if (wait <= 0) this.flush();
    else this.timer = setTimeout(() => this.flush(), wait);
  }

  private flush(): void {
    this.stop();
    if (Object.keys(this.changed).length === 0) return;
    this.lastSent = performance.now();
    const message: PresenceMessage = { type: "presence", ...this.changed };
    this.changed = {};
    this.send(message);
  }
}
