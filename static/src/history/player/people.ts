/** Who took part, where along the commits: for colours, names and the ticks of the bar. */

import { useEffect, useMemo, useState } from "react";
import type { Page } from "../../editor/page";
import { t } from "../../i18n";
import { activity, type Stretch } from "../rest";

export interface Taker {
  id: string;
  name: string;
  color: string;
}

export interface People {
  stretches: readonly Stretch[];
  /** Those known to have changed something, the most active first. */
  all: readonly Taker[];
  of: (id: string) => Taker;
}

/** Two pixels of a wide bar each. */
const STRETCHES = 400;
/** The bar need not be told of every commit of a canvas that people work on meanwhile. */
const AGAIN_AFTER = 50;
const NOBODYS_COLOR = "#868e96";

export function usePeople(page: Page, head: number): People {
  const [stretches, setStretches] = useState<readonly Stretch[]>([]);
  const upTo = Math.ceil(head / AGAIN_AFTER);

  useEffect(() => {
    if (head === 0) return;
    const calledOff = new AbortController();
    // Without it there are no ticks and no names; the rest goes on.
    activity(page.canvasId, head, STRETCHES, calledOff.signal).then(setStretches, () => undefined);
    return () => calledOff.abort();
  }, [page.canvasId, upTo]);

  return useMemo(() => {
    const changes = new Map<string, number>();
    const known = new Map<string, Taker>([[page.user.id, page.user]]);
    for (const { user, changes: made } of stretches) {
      changes.set(user.id, (changes.get(user.id) ?? 0) + made);
      known.set(user.id, taker(user.id, user.name, user.color));
    }
    const all = [...changes].sort((a, b) => b[1] - a[1]).map(([id]) => known.get(id)!);
    return { stretches, all, of: (id: string) => known.get(id) ?? taker(id, null, null) };
  }, [stretches, page.user]);
}

function taker(id: string, name: string | null, color: string | null): Taker {
  return { id, name: name ?? t("Somebody"), color: color ?? NOBODYS_COLOR };
}
