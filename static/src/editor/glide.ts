/** A remote cursor between two words about it: it moves on evenly and arrives when the next word is due. Pure. */

import type { Place } from "./viewport";

/** After a longer pause the hand was still; taking as long again to get there would look like lag. */
const LONGEST_MS = 120;
const SHORTEST_MS = 16;

export class Glide {
  private from: Place;
  private began: number;
  private takes = 0;

  constructor(
    private to: Place,
    now: number,
  ) {
    this.from = to;
    this.began = now;
  }

  /** From wherever it is now, so that it never jumps, in the time since the last word, so that lag never grows. */
  toward(place: Place, now: number): void {
    if (place.x === this.to.x && place.y === this.to.y) return;
    this.from = this.at(now);
    this.takes = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, now - this.began));
    this.began = now;
    this.to = place;
  }

  at(now: number): Place {
    const part = this.takes === 0 ? 1 : Math.min(1, (now - this.began) / this.takes);
    return part === 1
      ? this.to
      : { x: this.from.x + (this.to.x - this.from.x) * part, y: this.from.y + (this.to.y - this.from.y) * part };
  }

  moving(now: number): boolean {
    return now - this.began < this.takes;
  }
}
