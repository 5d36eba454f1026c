/** The part of the address that says what the history view shows. Pure. */

import type { Action, HistoryFilters } from "./rest";
import type { HistoryState } from "./store";

export type Shown = Pick<HistoryState, "at" | "compare" | "filters">;

const NOW = "now";
const SEQ = /^\d{1,12}$/;
const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const ACTIONS: readonly string[] = ["create", "update", "delete", "restore"] satisfies Action[];

/** What a parameter may be; anything else in the address counts as not there. */
const FILTERS: Record<keyof HistoryFilters, (value: string) => boolean> = {
  user: (value) => NAME.test(value),
  since: isMoment,
  until: isMoment,
  element_type: (value) => NAME.test(value),
  action: (value) => ACTIONS.includes(value),
  element: (value) => NAME.test(value),
};
const PARAMETERS = ["at", "compare", ...Object.keys(FILTERS).map(parameterOf)];

/** null: the address does not ask for the history. */
export function parseShown(search: string): Shown | null {
  const asked = new URLSearchParams(search);
  const at = asked.get("at");
  if (at === null || !(at === NOW || SEQ.test(at))) return null;
  const compare = asked.get("compare") ?? "";
  const filters = Object.entries(FILTERS).flatMap(([name, fits]) => {
    const value = asked.get(parameterOf(name));
    return value !== null && fits(value) ? [[name, value]] : [];
  });
  return {
    at: at === NOW ? null : Number(at),
    compare: SEQ.test(compare) ? Number(compare) : null,
    filters: Object.fromEntries(filters) as HistoryFilters,
  };
}

/** `search` with what is shown in the place of what it said of the history; null takes that out. */
export function withShown(search: string, shown: Shown | null): string {
  const address = new URLSearchParams(search);
  for (const name of PARAMETERS) address.delete(name);
  if (shown) {
    address.set("at", shown.at === null ? NOW : String(shown.at));
    if (shown.compare !== null) address.set("compare", String(shown.compare));
    for (const [name, value] of Object.entries(shown.filters)) address.set(parameterOf(name), value);
  }
  const text = address.toString();
  return text === "" ? "" : `?${text}`;
}

/** The drawing component takes `element` for a link of its own, and says that it was not found. */
function parameterOf(filter: string): string {
  return filter === "element" ? "object" : filter;
}

function isMoment(value: string): boolean {
  return value.length <= 40 && !Number.isNaN(Date.parse(value));
}
