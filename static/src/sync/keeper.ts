/** Where an engine's work and state outlive its page: what the engine asks of a store, without knowing which. */

import type { CanvasElement } from "../protocol/messages";
import type { KeptIntent, OutboxChange } from "./outbox";

/** A confirmed state: all elements after commit `seq`. */
export interface KeptState {
  seq: number;
  elements: readonly CanvasElement[];
}

/** What an earlier page left for an engine to go on from. */
export interface Kept {
  state: KeptState | null;
  queue: readonly KeptIntent[];
}

/** The confirmed state as it is now. */
export interface Confirmed {
  readonly seq: number | null;
  readonly digest: number;
  get(id: string): CanvasElement | undefined;
  ids(): Iterable<string>;
}

export interface Keeper {
  /**
   * Puts pending work on disk under the engine's client id; tells whether it is there. Nothing is written between a
   * call and its answer.
   */
  write(changes: readonly OutboxChange[], done: (kept: boolean) => void): void;
  /** The confirmed state moved on: of these elements, or (null) it was replaced. */
  moved(ids: ReadonlySet<string> | null, replica: Confirmed): void;
  /** All pending work is another client's from now on. */
  rename(client: string): void;
}
