/** How long ago, as people say it. Pure. */

import { t } from "../../i18n";
import { agoFormat } from "../formats";
import { momentWords } from "../times";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Longer ago than a week it is a day and a time. */
export function agoWords(time: number, now: number): string {
  const ago = now - time;
  if (ago < MINUTE_MS) return t("just now");
  if (ago >= 7 * DAY_MS) return momentWords(time, now);
  const format = agoFormat();
  if (ago < HOUR_MS) return format.format(-Math.floor(ago / MINUTE_MS), "minute");
  if (ago < DAY_MS) return format.format(-Math.floor(ago / HOUR_MS), "hour");
  return format.format(-Math.floor(ago / DAY_MS), "day");
}
