import { useSyncExternalStore } from "react";
import type { HistoryState, HistoryStore } from "./store";

export function useHistory(store: HistoryStore): HistoryState {
  return useSyncExternalStore(store.subscribe, store.read);
}
