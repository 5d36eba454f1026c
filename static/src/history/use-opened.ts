/** Whether the history view is open, by the address: the browser's back button closes it, a link opens it. */

import { useCallback, useEffect, useRef, useState } from "react";
import { parseShown, type Shown, withShown } from "./address";
import { type FilterChange, HistoryStore } from "./store";

export interface Opened {
  /** null: the view is closed. */
  store: HistoryStore | null;
  open: (filters?: FilterChange) => void;
  close: () => void;
}

export function useOpened(): Opened {
  const [store, setStore] = useState(() => fromAddress(null));
  // Whether going back leads to the editor, and not to where the link was followed.
  const pushed = useRef(false);

  useEffect(() => {
    const moved = (): void => {
      pushed.current = false;
      setStore(fromAddress);
    };
    addEventListener("popstate", moved);
    return () => removeEventListener("popstate", moved);
  }, []);

  useEffect(() => store?.subscribe(() => window.history.replaceState(null, "", address(store.read()))), [store]);

  const open = useCallback((filters: FilterChange = {}) => {
    const made = new HistoryStore();
    made.filter(filters);
    window.history.pushState(null, "", address(made.read()));
    pushed.current = true;
    setStore(made);
  }, []);

  const close = useCallback(() => {
    if (pushed.current) return window.history.back();
    window.history.replaceState(null, "", address(null));
    setStore(null);
  }, []);

  return { store, open, close };
}

/** The same store while the address says what it shows: the place after # may change beneath it. */
function fromAddress(before: HistoryStore | null): HistoryStore | null {
  const shown = parseShown(location.search);
  if (!shown) return null;
  return before && withShown(location.search, before.read()) === location.search ? before : new HistoryStore(shown);
}

function address(shown: Shown | null): string {
  return location.pathname + withShown(location.search, shown) + location.hash;
}
