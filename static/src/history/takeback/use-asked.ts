/** An answer of the server that belongs to what is asked now; an older question's is forgotten. */

import { useCallback, useEffect, useRef, useState } from "react";

export type Asked<T> = { phase: "loading" } | { phase: "ready"; answer: T } | { phase: "failed"; error: unknown };

/** Asks again whenever `key` changes, once it has stood for `settledMs`. */
export function useAsked<T>(key: string, ask: () => Promise<T>, settledMs = 0): [Asked<T>, again: () => void] {
  const [asked, setAsked] = useState<Asked<T>>({ phase: "loading" });
  const [turn, setTurn] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    let wanted = true;
    setAsked({ phase: "loading" });
    const timer = setTimeout(() => {
      latest.current().then(
        (answer) => wanted && setAsked({ phase: "ready", answer }),
        (error: unknown) => wanted && setAsked({ phase: "failed", error }),
      );
    }, settledMs);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [key, turn]);
  return [asked, useCallback(() => setTurn((before) => before + 1), [])];
}
