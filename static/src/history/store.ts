/** What the history view shows: one value that its parts read and set, and that the address repeats. */

import type { HistoryFilters } from "./rest";

export interface HistoryState {
  /** The commit that is shown; null is now. */
  at: number | null;
  /** The other of two commits that are compared; null: nothing is. */
  compare: number | null;
  filters: HistoryFilters;
  /** Elements chosen on the stage or in the timeline. */
  selected: readonly string[];
  /** The newest commit of the canvas. */
  head: number;
}

/** A filter that is undefined is taken away. */
export type FilterChange = { [Name in keyof HistoryFilters]?: HistoryFilters[Name] | undefined };

/** For useSyncExternalStore: `subscribe` and `read` stay the same functions, `read` the same value while nothing changes. */
export class HistoryStore {
  private state: HistoryState;
  private readonly listeners = new Set<() => void>();

  constructor(start: Partial<HistoryState> = {}) {
    this.state = { at: null, compare: null, filters: {}, selected: [], head: 0, ...start };
  }

  readonly read = (): HistoryState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  show(seq: number | null): void {
    if (seq !== this.state.at) this.set({ at: seq });
  }

  compareWith(seq: number | null): void {
    if (seq !== this.state.compare) this.set({ compare: seq });
  }

  filter(change: FilterChange): void {
    const kept = Object.entries({ ...this.state.filters, ...change }).filter(([, value]) => value !== undefined);
    this.set({ filters: Object.fromEntries(kept) as HistoryFilters });
  }

  clearFilters(): void {
    this.set({ filters: {} });
  }

  select(ids: readonly string[]): void {
    const { selected } = this.state;
    if (ids.length !== selected.length || ids.some((id, place) => id !== selected[place])) this.set({ selected: ids });
  }

  /** The canvas has gone on. */
  headIs(seq: number): void {
    if (seq > this.state.head) this.set({ head: seq });
  }

  private set(change: Partial<HistoryState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}
