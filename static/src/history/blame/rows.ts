/** Who set each property of an object: rows that people can read, newest first. Pure. */

import type { Json } from "../../protocol/messages";
import { isSilent } from "../aspects";
import { labelOf, pairOf, type Shown, valueInWords } from "../details";
import type { Blame, Origin } from "../rest";

export interface BlameRow {
  path: string;
  label: string;
  value: Shown | null;
  /** null: longer ago than the history goes. */
  by: Origin | null;
}

export interface BlameRows {
  /** Set since the object was made. */
  since: BlameRow[];
  /** As it was made, or as the history begins with it. */
  made: BlameRow[];
}

export function blameRows({ created, properties }: Blame): BlameRows {
  const rows = new Map<string, BlameRow>();
  for (const property of properties) {
    const { path, value } = property;
    if (isSilent(path) || isNothing(value)) continue;
    const by = originOf(property);
    const pair = pairOf(path);
    // The two coordinates of one move are one row.
    const key = pair ? `${pair[0]}/${by?.seq}` : path;
    const known = rows.get(key);
    const told = valueInWords(path, value);
    if (known?.value && told) known.value = { text: `${known.value.text}, ${told.text}` };
    else rows.set(key, { path, label: labelOf(path), value: told, by });
  }
  const all = [...rows.values()];
  const since = all.filter(({ by }) => by !== null && by.seq !== created?.seq);
  return {
    since: since.sort((a, b) => (b.by?.seq ?? 0) - (a.by?.seq ?? 0)),
    made: all.filter((row) => !since.includes(row)),
  };
}

/** Who was at it last. */
export function lastOf({ created, deleted, properties }: Blame): Origin | null {
  const all = [created, deleted, ...properties.map(originOf)].filter((one) => one !== null);
  return all.reduce<Origin | null>((last, one) => (last && last.seq >= one.seq ? last : one), null);
}

function originOf({ user, at, seq }: Blame["properties"][number]): Origin | null {
  return user && at !== null && seq !== null ? { user, at, seq } : null;
}

function isNothing(value: Json): boolean {
  return value === null || value === "" || (Array.isArray(value) && value.length === 0);
}
