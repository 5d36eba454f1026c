/**
 * Brings pictures to the server: two at a time, again after each failure that may pass, and after a reload. A picture
 * is on this device's disk before it counts as added.
 */

import { backoffMs } from "../sync/backoff";
import type { Picture } from "./picture";
import type { PictureStore } from "./store";

const AT_A_TIME = 2;
/** How often to look whether another tab has finished with a picture. */
const OTHER_TAB_MS = 3_000;

export type Sent =
  | { type: "done" }
  /** It will not do, however often it is tried. */
  | { type: "refused"; code: string; detail: string }
  /** No network, no server, no turn yet. */
  | { type: "later"; afterMs?: number };

export type Send = (picture: Picture, canvas: string, progress: (share: number) => void) => Promise<Sent>;

export type UploadState =
  { type: "waiting" } | { type: "sending"; share: number } | { type: "refused"; code: string; detail: string };

interface Job {
  picture: Picture;
  canvas: string;
  state: UploadState;
  tries: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export interface UploadsOptions {
  store: Promise<PictureStore | undefined>;
  send: Send;
  changed: () => void;
  /** The canvas that is open: whoever looks at it can answer to a refusal. */
  here: string;
  /** Does the work unless another tab is at it; false if one is. */
  alone?: (name: string, work: () => Promise<void>) => Promise<boolean>;
}

export class Uploads {
  private readonly jobs = new Map<string, Job>();
  private sending = 0;
  private stopped = false;

  constructor(private readonly options: UploadsOptions) {}

  /** Resolves when the picture outlives the page. Without a store it lives as long as the page. */
  async add(picture: Picture, canvas: string): Promise<void> {
    const known = this.jobs.get(picture.id);
    if (known && known.state.type !== "refused") return;
    await this.keep(picture, canvas);
    this.start(picture, canvas);
  }

  /** Goes on with what earlier pages left. */
  async resume(): Promise<void> {
    const store = await this.options.store;
    for (const { id, blob, canvas } of (await store?.waiting()) ?? []) {
      if (!this.jobs.has(id)) this.start({ id, blob }, canvas);
    }
  }

  state(id: string): UploadState | undefined {
    return this.jobs.get(id)?.state;
  }

  all(): { id: string; canvas: string; bytes: number; state: UploadState }[] {
    return [...this.jobs].map(([id, { canvas, picture, state }]) => ({ id, canvas, bytes: picture.blob.size, state }));
  }

  retry(id: string): void {
    const job = this.jobs.get(id);
    if (!job || job.state.type === "sending") return;
    job.tries = 0;
    this.again(job, 0);
  }

  /** Nobody wants it any more. */
  async forget(id: string): Promise<void> {
    clearTimeout(this.jobs.get(id)?.timer);
    this.jobs.delete(id);
    this.options.changed();
    await (await this.options.store)?.remove(id);
  }

  /** The network may be back. */
  wake(): void {
    for (const job of this.jobs.values()) if (job.state.type === "waiting") this.again(job, 0);
  }

  stop(): void {
    this.stopped = true;
    for (const job of this.jobs.values()) clearTimeout(job.timer);
  }

  private async keep(picture: Picture, canvas: string): Promise<void> {
    try {
      await (await this.options.store)?.keep(picture, canvas);
    } catch (error) {
      console.warn("A picture could not be kept on this device.", error);
    }
  }

  private start(picture: Picture, canvas: string): void {
    this.jobs.set(picture.id, { picture, canvas, state: { type: "waiting" }, tries: 0, timer: undefined });
    this.options.changed();
    this.pump();
  }

  private again(job: Job, ms: number): void {
    clearTimeout(job.timer);
    job.state = { type: "waiting" };
    job.timer = setTimeout(() => {
      job.timer = undefined;
      this.pump();
    }, ms);
    this.options.changed();
  }

  private pump(): void {
    for (const job of this.jobs.values()) {
      if (this.stopped || this.sending >= AT_A_TIME) return;
      if (job.state.type === "waiting" && job.timer === undefined) void this.run(job);
    }
  }

  private async run(job: Job): Promise<void> {
    this.sending++;
    job.state = { type: "sending", share: 0 };
    this.options.changed();
    try {
      const alone = this.options.alone ?? (async (_name, work) => (await work(), true));
      const mine = await alone(`upload-${job.picture.id}`, () => this.attempt(job));
      if (!mine) await this.left(job);
    } finally {
      this.sending--;
      this.pump();
    }
  }

  private async attempt(job: Job): Promise<void> {
    const { id } = job.picture;
    const sent = await this.options.send(job.picture, job.canvas, (share) => {
      job.state = { type: "sending", share };
      this.options.changed();
    });
    if (this.stopped || this.jobs.get(id) !== job) return;
    // Of another canvas nobody is told: it is not asked for again at each visit.
    if (sent.type === "done" || (sent.type === "refused" && job.canvas !== this.options.here)) {
      this.jobs.delete(id);
      await (await this.options.store)?.uploaded(id).catch(() => undefined);
    } else if (sent.type === "refused") job.state = sent;
    else this.again(job, sent.afterMs ?? backoffMs(job.tries++));
    this.options.changed();
  }

  /** Another tab has it in hand: what it does with it is found in the store. */
  private async left(job: Job): Promise<void> {
    const waits = await (await this.options.store)?.isWaiting(job.picture.id);
    if (this.stopped || this.jobs.get(job.picture.id) !== job) return;
    if (waits === false) this.jobs.delete(job.picture.id);
    else this.again(job, OTHER_TAB_MS);
    this.options.changed();
  }
}
