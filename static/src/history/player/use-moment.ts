/** The state at a commit for a component: at once when it is in memory, else once it has come. */

import { useEffect, useState } from "react";
import type { Frame } from "./frames";
import type { Reel } from "./reel";
import type { PastState } from "./replay";

export interface Moment {
  seq: number;
  state: PastState;
  /** The commit that led to it; none of the empty canvas. */
  frame: Frame | undefined;
}

export interface Loaded {
  /** The last one that was there: it stays while the next one comes. */
  moment: Moment | null;
  loading: boolean;
  error: unknown;
  retry: () => void;
}

/** Whoever drags along the bar passes many moments that need not be fetched. */
const REST_MS = 90;

export function useMoment(reel: Reel, seq: number | null): Loaded {
  const [moment, setMoment] = useState<Moment | null>(null);
  const [loading, setLoading] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    setError(null);
    if (seq === null) {
      setLoading(false);
      return setMoment(null);
    }
    const take = (): boolean => {
      const state = reel.state(seq);
      if (state) setMoment({ seq, state, frame: reel.frame(seq) });
      return state !== undefined;
    };
    if (take()) return setLoading(false);
    setLoading(true);
    let called = true;
    const timer = setTimeout(() => {
      reel
        .load(seq)
        .then(() => called && take())
        .catch((problem: unknown) => called && setError(problem))
        .finally(() => called && setLoading(false));
    }, REST_MS);
    return () => {
      called = false;
      clearTimeout(timer);
    };
  }, [reel, seq, attempt]);

  return { moment, loading, error, retry: () => setAttempt((before) => before + 1) };
}
