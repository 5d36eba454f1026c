import { useSyncExternalStore } from "react";
import type { HistoryState, HistoryStore } from "./store";

/** All of the state, or the part that a component shows: it is rendered again only when that is another value. */
export function useHistory(store: HistoryStore): HistoryState;
export function useHistory<Part>(store: HistoryStore, part: (state: HistoryState) => Part): Part;
export function useHistory(store: HistoryStore, part: (state: HistoryState) => unknown = whole): unknown {
  return useSyncExternalStore(store.subscribe, () => part(store.read()));
}

const whole = (state: HistoryState): HistoryState => state;
