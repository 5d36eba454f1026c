/** The named versions of a canvas, and what can be done to them. */

import { useCallback, useEffect, useMemo, useState } from "react";
import { createVersion, deleteVersion, renameVersion, type Version, versions } from "./rest";

export interface Versions {
  phase: "loading" | "ready" | "failed";
  list: readonly Version[];
  error: unknown;
  reload: () => void;
  /** These reject with what the server said. */
  create: (name: string, seq: number) => Promise<void>;
  rename: (id: string, name: string) => Promise<void>;
  remove: (id: string) => Promise<void>;
}

export function useVersions(canvas: string): Versions {
  const [list, setList] = useState<readonly Version[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [turn, setTurn] = useState(0);

  useEffect(() => {
    const stop = new AbortController();
    setError(null);
    versions(canvas, stop.signal).then(setList, (failure: unknown) => stop.signal.aborted || setError(failure));
    return () => stop.abort();
  }, [canvas, turn]);

  const reload = useCallback(() => setTurn((before) => before + 1), []);
  const changes = useMemo(() => {
    const change = (how: (before: readonly Version[]) => readonly Version[]): void =>
      setList((before) => (before ? how(before) : before));
    return {
      create: async (name: string, seq: number) => {
        const made = await createVersion(canvas, { name, seq });
        change((before) => [made, ...before]);
      },
      rename: async (id: string, name: string) => {
        const renamed = await renameVersion(canvas, id, { name });
        change((before) => before.map((one) => (one.id === id ? renamed : one)));
      },
      remove: async (id: string) => {
        await deleteVersion(canvas, id);
        change((before) => before.filter((one) => one.id !== id));
      },
    };
  }, [canvas]);
  // The same object while nothing changes: whoever shows it is not drawn anew at each step of the player.
  return useMemo(
    () => ({
      phase: list ? "ready" : error !== null ? "failed" : "loading",
      list: list ?? [],
      error,
      reload,
      ...changes,
    }),
    [list, error, reload, changes],
  );
}
