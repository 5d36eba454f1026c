/** Plays a history: which frames, how quickly, from where. What is shown is the store's; what can be shown, the reel's. */

import type { Box } from "../stage/geometry";
import type { HistoryStore } from "../store";
import { type Choice, type Frame, pauseMs, type Speed } from "./frames";
import type { Direction, Reel } from "./reel";

export interface PlaybackState {
  playing: boolean;
  speed: Speed;
  /** Long pauses in which nothing happened are shortened. */
  shortened: boolean;
  /** Only what happened to these. */
  objects: readonly string[] | null;
  /** Only what happened here. */
  area: Box | null;
  /** The commit up to which the next one that counts was looked for; null: it is not being looked for. */
  looking: number | null;
  error: unknown;
}

export class Playback {
  private state: PlaybackState = {
    ...{ playing: false, speed: 1, shortened: true, objects: null, area: null, looking: null, error: null },
  };
  private readonly listeners = new Set<() => void>();
  private under = new AbortController();

  constructor(
    private readonly reel: Reel,
    private readonly store: HistoryStore,
  ) {}

  readonly read = (): PlaybackState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** The commit that is shown. */
  get seq(): number {
    const { at, head } = this.store.read();
    return at ?? head;
  }

  /** From the beginning again, at the end. */
  play(): void {
    const signal = this.begin({ playing: true });
    if (this.seq >= this.store.read().head) this.store.show(0);
    void this.run(signal);
  }

  pause(): void {
    this.begin({ playing: false });
  }

  toggle(): void {
    if (this.state.playing) this.pause();
    else this.play();
  }

  step(direction: Direction): void {
    void this.stepOnce(this.begin({ playing: false }), direction);
  }

  show(seq: number): void {
    const { head } = this.store.read();
    this.store.show(seq >= head ? null : Math.max(0, Math.round(seq)));
  }

  toStart(): void {
    this.pause();
    this.show(0);
  }

  toEnd(): void {
    this.pause();
    this.show(this.store.read().head);
  }

  setSpeed(speed: Speed): void {
    this.set({ speed });
  }

  setShortened(shortened: boolean): void {
    this.set({ shortened });
  }

  onlyObjects(objects: readonly string[] | null): void {
    this.set({ objects });
  }

  onlyArea(area: Box | null): void {
    this.set({ area });
  }

  stop(): void {
    this.under.abort();
  }

  private async run(signal: AbortSignal): Promise<void> {
    await this.guarded(signal, async () => {
      for (;;) {
        const from = this.seq;
        const next = await this.find(from, 1, signal);
        if (!next) return this.set({ playing: false });
        this.reel.foresee(from, 1);
        const { speed, shortened } = this.state;
        const before = this.reel.frame(from)?.at ?? next.at;
        await wait(pauseMs(before, next.at, speed, shortened), signal);
        // Somebody may have gone elsewhere, or chosen something else, meanwhile.
        if (this.seq === from && this.reel.frame(next.seq)) this.show(next.seq);
      }
    });
  }

  private async stepOnce(signal: AbortSignal, direction: Direction): Promise<void> {
    await this.guarded(signal, async () => {
      const from = this.seq;
      const next = await this.find(from, direction, signal);
      if (next) this.show(next.seq);
      else if (direction < 0 && from === 1) this.show(0);
      this.reel.foresee(from, direction);
    });
  }

  private async find(from: number, direction: Direction, signal: AbortSignal): Promise<Frame | undefined> {
    try {
      return await this.reel.next(from, direction, this.choice(), signal, (looking) => {
        if (!signal.aborted) this.set({ looking });
      });
    } finally {
      if (!signal.aborted) this.set({ looking: null });
    }
  }

  private choice(): Choice {
    const { user, element } = this.store.read().filters;
    const { area, objects } = this.state;
    const ids = objects ?? (element === undefined ? null : [element]);
    return {
      ...(user === undefined ? {} : { user }),
      ...(ids ? { objects: new Set(ids) } : {}),
      ...(area ? { area } : {}),
    };
  }

  private async guarded(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!signal.aborted) this.set({ playing: false, error });
    }
  }

  /** Calls off what is under way. */
  private begin(change: Partial<PlaybackState>): AbortSignal {
    this.under.abort();
    this.under = new AbortController();
    this.set({ ...change, looking: null, error: null });
    return this.under.signal;
  }

  private set(change: Partial<PlaybackState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of [...this.listeners]) listener();
  }
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, Math.min(ms, 2 ** 31 - 1));
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}
