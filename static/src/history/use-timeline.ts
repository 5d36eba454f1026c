/** The change records that fit the filters, page by page, and those that came since. */

import { useCallback, useEffect, useRef, useState } from "react";
import { type ChangeRecord, counts, type Count, type HistoryFilters, records } from "./rest";
import { joined } from "./timeline";

const PAGE = 60;
/** The history is a moment behind the canvas: so it is asked again, less and less often. */
const LOOK_AGAIN_MS = [800, 1_500, 3_000, 6_000, 12_000];

export interface Timeline {
  phase: "loading" | "ready" | "failed";
  records: readonly ChangeRecord[];
  /** Whether there are no older ones. */
  whole: boolean;
  error: unknown;
  counts: readonly Count[];
  /** Changes that came since, not shown yet. */
  fresh: readonly ChangeRecord[];
  more: () => void;
  retry: () => void;
  showFresh: () => void;
}

interface Loaded {
  records: readonly ChangeRecord[];
  next: string | null;
}

interface Place {
  projectId: string;
  canvasId: string;
}

/** `head` is the newest commit of the canvas, `behind` any sign of how far the history has come. */
export function useTimeline(place: Place, filters: HistoryFilters, head: number, behind: number): Timeline {
  const { projectId, canvasId } = place;
  const key = JSON.stringify(filters);
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [fresh, setFresh] = useState<Loaded | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  const [lookedAt, setLookedAt] = useState(0);
  const [counted, setCounted] = useState<readonly Count[]>([]);
  const busy = useRef(false);
  const asked = useRef(key);

  useEffect(() => {
    const stop = new AbortController();
    asked.current = key;
    busy.current = false;
    setLoaded(null);
    setFresh(null);
    setError(null);
    setLookedAt(0);
    records(projectId, canvasId, filters, { limit: PAGE }, stop.signal).then(
      ({ results, next }) => setLoaded({ records: joined([], results), next }),
      (failure: unknown) => stop.signal.aborted || setError(failure),
    );
    return () => stop.abort();
  }, [projectId, canvasId, key, attempt]);

  // Of all people and days, so that one can be chosen after another.
  const { user: _, since: __, until: ___, ...kinds } = filters;
  const kindsKey = JSON.stringify(kinds);
  const newest = loaded?.records[0]?.last_seq ?? 0;
  useEffect(() => {
    const stop = new AbortController();
    counts(projectId, canvasId, kinds, stop.signal).then(setCounted, () => undefined);
    return () => stop.abort();
  }, [projectId, canvasId, kindsKey, newest, attempt]);

  const more = useCallback(() => {
    if (busy.current || !loaded?.next || error !== null) return;
    busy.current = true;
    records(projectId, canvasId, filters, { limit: PAGE, cursor: loaded.next }).then(
      ({ results, next }) => {
        if (asked.current !== key) return;
        busy.current = false;
        setLoaded((before) => before && { records: joined(before.records, results), next });
      },
      (failure: unknown) => {
        if (asked.current !== key) return;
        busy.current = false;
        setError(failure);
      },
    );
  }, [projectId, canvasId, key, loaded?.next, error]);

  const known = useRef<Loaded | null>(null);
  known.current = loaded;
  const goal = useRef(head);
  goal.current = head;
  const stale = loaded !== null && head > Math.max(newest, lookedAt);
  // Where people draw all the time, `head` never rests: it is looked up when it is time to look, not waited for.
  useEffect(() => {
    if (!stale) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const look = async (turn: number): Promise<void> => {
      const wanted = goal.current;
      const page = await records(projectId, canvasId, filters, { limit: PAGE }, stop.signal).catch(() => null);
      if (stop.signal.aborted) return;
      const seen = new Map(known.current?.records.map(({ id, last_seq }) => [id, last_seq]));
      if (page?.results.some(({ id, last_seq }) => (seen.get(id) ?? 0) < last_seq)) {
        const found: Loaded = { records: page.results, next: page.next };
        if (seen.size === 0) setLoaded(found);
        else setFresh(found);
      }
      const newestThere = Math.max(0, ...(page?.results.map(({ last_seq }) => last_seq) ?? []));
      if (newestThere >= wanted || turn + 1 === LOOK_AGAIN_MS.length) setLookedAt(wanted);
      else wait(turn + 1);
    };
    const wait = (turn: number): void => {
      timer = setTimeout(() => void look(turn), LOOK_AGAIN_MS[turn]);
    };
    wait(0);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [projectId, canvasId, key, stale, lookedAt, behind]);

  const showFresh = useCallback(() => {
    if (!fresh) return;
    setFresh(null);
    setLoaded((before) => {
      if (!before) return before;
      const ids = new Set(before.records.map(({ id }) => id));
      const meets = fresh.records.some(({ id }) => ids.has(id));
      // More came than a page holds: what lies between is not here, so the list begins anew.
      return meets || fresh.next === null ? { ...before, records: joined(before.records, fresh.records) } : fresh;
    });
  }, [fresh]);

  const retry = useCallback(() => {
    if (known.current) setError(null);
    else setAttempt((turn) => turn + 1);
  }, []);

  const seen = new Map(loaded?.records.map(({ id, last_seq }) => [id, last_seq]));
  return {
    phase: loaded ? "ready" : error !== null ? "failed" : "loading",
    records: loaded?.records ?? [],
    whole: loaded !== null && loaded.next === null,
    error,
    counts: counted,
    fresh: fresh?.records.filter(({ id, last_seq }) => (seen.get(id) ?? 0) < last_seq) ?? [],
    more,
    retry,
    showFresh,
  };
}
