/** Asks the server for a pong now and then, and says when none comes. */

export class Heartbeat {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private waiting = false;

  constructor(
    private readonly ping: () => void,
    private readonly silent: () => void,
  ) {}

  start(seconds: number): void {
    this.stop();
    this.timer = setInterval(() => {
      if (this.waiting) {
        this.stop();
        this.silent();
        return;
      }
      this.waiting = true;
      this.ping();
    }, seconds * 1_000);
  }

  /** Anything from the server proves that it is there. */
  heard(): void {
    this.waiting = false;
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.waiting = false;
  }
}
