/** When a commit was made. */

import { useEffect, useState } from "react";
import { commits } from "./rest";

/** Whoever scrubs passes by many. */
const SETTLED_MS = 200;

/** As Date.now(); null while it is not known. Commits never change: each is asked for once. */
export function useCommitTime(canvas: string, seq: number | null): number | null {
  const [known, setKnown] = useState<ReadonlyMap<number, number>>(new Map());
  const time = seq === null ? undefined : known.get(seq);
  useEffect(() => {
    if (seq === null || seq === 0 || time !== undefined) return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      commits(canvas, seq - 1, 1, stop.signal).then(
        ({ results: [commit] }) => {
          if (commit?.seq === seq) setKnown((before) => new Map(before).set(seq, Date.parse(commit.at)));
        },
        () => undefined,
      );
    }, SETTLED_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [canvas, seq, time]);
  return time ?? null;
}
