/**
 * Brings the outbox to the server, and to the disk before: what may be on the wire is kept with its number and content.
 * So whoever goes on after a killed page repeats what the server may have, and never gives its number to other work.
 */

import type { Keeper } from "./keeper";
import type { Outbox, OutboxChange, PendingIntent } from "./outbox";

/** More stay here, unsent: the server limits intents a second, and an unsent intent can still be folded. */
export const MAX_IN_FLIGHT = 60;
const SLOW_SEND_MS = 1_000;
/** How long after a failed write the next is tried without new work. */
const WRITE_AGAIN_MS = 10_000;

export class Delivery {
  private live = false;
  private sending: "normal" | "slow" | "pause" = "normal";
  private holdTimer: ReturnType<typeof setTimeout> | undefined;
  private heldUntil = 0;
  /** Taken to be sent, and not on disk yet. */
  private waiting: PendingIntent[] = [];
  /** Changes that could not be written, by rank. */
  private owed = new Map<number, OutboxChange>();
  private writing = false;
  private writeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly outbox: Outbox,
    private readonly keeper: Keeper | undefined,
    private readonly send: (intent: PendingIntent) => void,
    private readonly keepingChanged: () => void,
  ) {}

  /** Whether work is kept on this device. */
  get keeps(): boolean {
    return this.keeper !== undefined && this.owed.size === 0;
  }

  /** Whether all pending work would outlive this page. */
  get safe(): boolean {
    return this.outbox.size === 0 || (this.keeps && !this.writing && !this.outbox.hasChanges);
  }

  open(): void {
    this.live = true;
    this.pump();
  }

  /** Until opened again; what was sent may have to be sent again. */
  pause(): void {
    this.live = false;
    this.waiting = [];
    this.outbox.disconnected();
  }

  close(): void {
    this.pause();
    this.sending = "normal";
    clearTimeout(this.holdTimer);
    this.holdTimer = undefined;
  }

  stop(): void {
    this.close();
    clearTimeout(this.writeTimer);
  }

  pace(sending: "normal" | "slow" | "pause"): void {
    this.sending = sending;
    this.pump();
  }

  /** The longest of the waits asked for counts. */
  hold(ms: number): void {
    const until = performance.now() + ms;
    if (this.holdTimer !== undefined && until <= this.heldUntil) return;
    this.heldUntil = until;
    clearTimeout(this.holdTimer);
    this.holdTimer = setTimeout(() => {
      this.holdTimer = undefined;
      this.pump();
    }, ms);
  }

  /** Sends what may be sent now, and keeps what changed. */
  pump(): void {
    if (this.live && this.sending !== "pause" && this.holdTimer === undefined) {
      this.waiting.push(...this.outbox.takeUnsent(MAX_IN_FLIGHT - this.outbox.inFlight));
      if (this.sending === "slow") this.hold(SLOW_SEND_MS);
    }
    this.flush();
  }

  private flush(): void {
    if (this.writing) return;
    const batch = this.waiting;
    this.waiting = [];
    const changes = this.changes();
    if (this.keeper === undefined || changes.length === 0) {
      for (const intent of batch) this.send(intent);
      return;
    }
    const keptBefore = this.keeps;
    this.writing = true;
    this.keeper.write(changes, (kept) => {
      this.writing = false;
      this.owed = new Map(kept ? [] : changes.map((change) => [change.rank, change]));
      if (!kept) this.writeAgainLater();
      // A connection that was lost meanwhile took them back: the next one takes them again.
      for (const intent of batch) if (this.live && intent.inFlight && !this.waiting.includes(intent)) this.send(intent);
      if (kept || this.waiting.length > 0) this.flush();
      if (this.keeps !== keptBefore) this.keepingChanged();
    });
  }

  private changes(): OutboxChange[] {
    const changes = this.outbox.takeChanges();
    if (this.owed.size === 0) return changes;
    for (const change of changes) this.owed.set(change.rank, change);
    return [...this.owed.values()];
  }

  private writeAgainLater(): void {
    clearTimeout(this.writeTimer);
    this.writeTimer = setTimeout(() => this.flush(), WRITE_AGAIN_MS);
  }
}
