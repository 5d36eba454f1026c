/** Whether somebody is at this tab: by its input and by whether it is seen. */

export type Activity = "active" | "idle" | "away";

export const IDLE_MS = 60_000;
export const AWAY_MS = 5 * 60_000;

export class ActivityWatch {
  private touchedAt: number;
  private hidden = false;
  private shown: Activity = "active";
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly tell: (activity: Activity) => void,
    private readonly clock: () => number = () => performance.now(),
  ) {
    this.touchedAt = clock();
    this.look();
  }

  touched(): void {
    this.touchedAt = this.clock();
    if (this.shown !== "active") this.look();
  }

  setHidden(hidden: boolean): void {
    this.hidden = hidden;
    if (!hidden) this.touchedAt = this.clock();
    this.look();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  /** Looks again when the next change is due, not at every input: a hand moves a hundred times a second. */
  private look(): void {
    clearTimeout(this.timer);
    const still = this.clock() - this.touchedAt;
    const now: Activity = this.hidden || still >= AWAY_MS ? "away" : still >= IDLE_MS ? "idle" : "active";
    if (now !== this.shown) {
      this.shown = now;
      this.tell(now);
    }
    if (this.hidden || still >= AWAY_MS) return;
    this.timer = setTimeout(() => this.look(), (still >= IDLE_MS ? AWAY_MS : IDLE_MS) - still);
  }
}

const INPUT = ["pointermove", "pointerdown", "keydown", "wheel", "touchstart"] as const;

/** Watches this window. */
export function watchActivity(tell: (activity: Activity) => void): () => void {
  const watch = new ActivityWatch(tell);
  const touched = (): void => watch.touched();
  const seen = (): void => watch.setHidden(document.hidden);
  for (const name of INPUT) addEventListener(name, touched, { capture: true, passive: true });
  document.addEventListener("visibilitychange", seen);
  if (document.hidden) seen();
  return () => {
    watch.stop();
    for (const name of INPUT) removeEventListener(name, touched, { capture: true });
    document.removeEventListener("visibilitychange", seen);
  };
}
