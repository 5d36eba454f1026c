/** Tells the server how far we have read, by which it knows how much it may send: every 50 commits or 256 KiB, or within a second. */

const EVERY_COMMITS = 50;
/** The server holds back what is above 1 MiB unreported: large changes must not come to stand still for a second. */
const EVERY_BYTES = 256 * 1024;
const WITHIN_MS = 1_000;

export class SeenReporter {
  private reported = 0;
  private latest = 0;
  private bytes = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly report: (seq: number) => void) {}

  /** The state or the missed commits are read: told at once, for they may be large. */
  joined(seq: number): void {
    this.reported = -1;
    this.latest = seq;
    this.flush();
  }

  /** A frame came. Those of other people's presence count along: it only makes a report come sooner. */
  arrived(bytes: number): void {
    this.bytes += bytes;
  }

  read(seq: number): void {
    this.latest = seq;
    if (seq - this.reported >= EVERY_COMMITS || this.bytes >= EVERY_BYTES) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), WITHIN_MS);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private flush(): void {
    this.stop();
    this.bytes = 0;
    if (this.latest <= this.reported) return;
    this.reported = this.latest;
    this.report(this.latest);
  }
}
