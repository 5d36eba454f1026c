/** What taking back would do, did, or why it did not, in words. Pure. */

import { locale, t } from "../../i18n";
import { Unreachable } from "../../rest";
import { aspectOf } from "../aspects";
import { failureWords } from "../notices";
import { Problem, type Restored } from "../rest";
import { aspectName } from "../words";

export interface Effect {
  kind: "revived" | "changed" | "removed";
  text: string;
}

export function touched({ revived, changed, removed }: Restored): number {
  return revived + changed + removed;
}

export function effectsOf({ revived, changed, removed }: Restored): Effect[] {
  const effects: Effect[] = [];
  if (revived > 0) effects.push({ kind: "revived", text: t("{{count}} objects come back", { count: revived }) });
  if (changed > 0) effects.push({ kind: "changed", text: t("{{count}} objects change back", { count: changed }) });
  if (removed > 0) effects.push({ kind: "removed", text: t("{{count}} objects are removed", { count: removed }) });
  return effects;
}

/** "position, colour". */
export function aspectsInWords(paths: readonly string[]): string {
  return inList([...new Set(paths.map((path) => aspectName(aspectOf({ path }))))], "unit");
}

/** "Ada and Grace"; more than three are counted. */
export function namesInWords(names: readonly string[]): string {
  if (names.length <= 3) return inList(names, "conjunction");
  return t("{{names}} and {{number}} more", { names: inList(names.slice(0, 2), "unit"), number: names.length - 2 });
}

export function takenBackInWords(done: Restored, left: number): string {
  const count = touched(done);
  if (count === 0) return t("There was nothing to take back.");
  const text = t("Taken back on {{count}} objects.", { count });
  return left === 0 ? text : `${text} ${t("Newer work of others stands on {{count}}.", { count: left })}`;
}

/** Why it was not done. A large one, of several commits, may have been done in part. */
export function undoneInWords(error: unknown, large: boolean): string {
  const text = refusalInWords(error);
  return large ? `${text} ${t("What was done until then is in the timeline, and can be taken back there.")}` : text;
}

export function refusalInWords(error: unknown): string {
  if (error instanceof Unreachable) return t("The server cannot be reached.");
  if (!(error instanceof Problem)) return t("That did not work.");
  switch (error.code) {
    case "forbidden":
      return t("You may not change this canvas.");
    case "limit":
      return t("The canvas is full: delete something first, or bring back less.");
    case "too_large":
      return t("That is too much at once. Choose fewer objects.");
    case "conflict":
    case "gone":
    case "exists":
      return t("Others are changing the same objects right now. Try again in a moment.");
    case "not_found":
      return t("That moment is not kept any more.");
    case "error":
      return t("That did not work.");
    default:
      return failureWords(error, "online");
  }
}

function inList(parts: readonly string[], type: "unit" | "conjunction"): string {
  return new Intl.ListFormat(locale(), { type }).format(parts);
}
