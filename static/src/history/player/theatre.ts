/** What stage and player share: the reel, the playback, the moment that is shown and the one that it is compared with. */

import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { Commit } from "../../protocol/messages";
import { differences, type Difference } from "../diff/diff";
import * as rest from "../rest";
import type { HistoryStore } from "../store";
import { useHistory } from "../use-history";
import { Playback, type PlaybackState } from "./playback";
import { PAGE_COMMITS, Reel, type Source } from "./reel";
import { type Loaded, type Moment, useMoment } from "./use-moment";

/** Which of two moments that are compared is drawn. */
export type Side = "before" | "after" | "both";

export interface Comparison {
  before: Moment;
  after: Moment;
  found: readonly Difference[];
}

export interface Theatre {
  reel: Reel;
  playback: Playback;
  playing: PlaybackState;
  shown: Loaded;
  compared: Loaded;
  comparison: Comparison | null;
  side: Side;
  setSide: (side: Side) => void;
  /** The difference that the eye is led to. */
  pointed: string | null;
  point: (id: string | null) => void;
}

export function useTheatre(canvas: string, store: HistoryStore): Theatre {
  const { at, compare, head } = useHistory(store);
  const [{ reel, playback }] = useState(() => {
    const made = new Reel(sourceOf(canvas), () => store.read().head);
    return { reel: made, playback: new Playback(made, store) };
  });
  const [side, setSide] = useState<Side>("both");
  const [pointed, point] = useState<string | null>(null);
  const playing = useSyncExternalStore(playback.subscribe, playback.read);

  useEffect(
    () => () => {
      playback.stop();
      reel.stop();
    },
    [],
  );

  const shown = useMoment(reel, head === 0 && at === null ? 0 : (at ?? head));
  const compared = useMoment(reel, compare);
  const comparison = useMemo(() => comparisonOf(shown.moment, compared.moment), [shown.moment, compared.moment]);

  return { reel, playback, playing, shown, compared, comparison, side, setSide, pointed, point };
}

function comparisonOf(one: Moment | null, other: Moment | null): Comparison | null {
  if (!one || !other) return null;
  const [before, after] = one.seq <= other.seq ? [one, other] : [other, one];
  return { before, after, found: differences(before.state, after.state) };
}

function sourceOf(canvas: string): Source {
  return {
    stateAt: async (seq, signal) => (await rest.stateAt(canvas, { seq }, signal)).elements,
    commits: async (since, last, signal) => {
      const found: Commit[] = [];
      while (since + found.length < last) {
        const limit = Math.min(PAGE_COMMITS, last - since - found.length);
        const { results } = await rest.commits(canvas, since + found.length, limit, signal);
        if (results.length === 0) break;
        found.push(...results);
      }
      return found;
    },
  };
}
