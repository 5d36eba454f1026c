/** Whose changes, from when: what can be chosen to be taken back, and how that is asked for. Pure. */

import { t } from "../../i18n";
import type { ChangeRecord, HistoryFilters, Person, RevertChoice } from "../rest";
import { localDate, startOf } from "../timeline";

/** What somebody pointed at: a person, one thing that a person did, or the time that the timeline is filtered to. */
export interface Subject {
  /** null: everybody's. */
  user: Person | null;
  /** The records of one gesture. */
  records?: readonly ChangeRecord[];
  filters: HistoryFilters;
}

export interface Range {
  id: "gesture" | "hour" | "today" | "filtered" | "all";
  label: string;
  choice: RevertChoice;
}

const HOUR_MS = 3_600_000;
/** No gesture lasts longer. The server reads the log from there on, not from its beginning. */
const GESTURE_MS = 10 * 60_000;

/** The first one is meant unless another is chosen. */
export function rangesOf({ user, records = [], filters }: Subject, now: number): Range[] {
  const who = user ? { user: user.id } : {};
  const ranges: Range[] = [];
  const [first] = records;
  if (first)
    ranges.push({ id: "gesture", label: t("Only this step"), choice: { ...who, ...gestureOf(first, records) } });
  const filtered = filteredChoice(filters);
  if (filtered)
    ranges.push({ id: "filtered", label: t("What the timeline is filtered to"), choice: { ...who, ...filtered } });
  ranges.push(
    { id: "hour", label: t("The last hour"), choice: { ...who, since: new Date(now - HOUR_MS).toISOString() } },
    { id: "today", label: t("Today"), choice: { ...who, since: startOf(localDate(now)).toISOString() } },
  );
  if (user) ranges.push({ id: "all", label: t("Everything, from the beginning"), choice: { ...who, from_seq: 1 } });
  return ranges;
}

function gestureOf(first: ChangeRecord, records: readonly ChangeRecord[]): RevertChoice {
  const { gesture } = first;
  const began = Math.min(...records.map(({ from }) => Date.parse(from)));
  if (gesture !== null) return { gesture, since: new Date(began - GESTURE_MS).toISOString() };
  return {
    from_seq: Math.min(...records.map(({ first_seq: seq }) => seq)),
    to_seq: Math.max(...records.map(({ last_seq: seq }) => seq)),
    elements: [...new Set(records.map(({ element }) => element))],
  };
}

/** null: there is no filter, or one by kind of change, which cannot be asked for. */
function filteredChoice({ since, until, element, element_type: type, action }: HistoryFilters): RevertChoice | null {
  if (type !== undefined || action !== undefined) return null;
  if (since === undefined && until === undefined && element === undefined) return null;
  return {
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(element === undefined ? {} : { elements: [element] }),
  };
}
