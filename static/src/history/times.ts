/** Days and times as people say them, in their time zone. Pure. */

import { t } from "../i18n";
import { dateFormat } from "./formats";
import { localDate, startOf } from "./timeline";

const DAY_MS = 86_400_000;

/** "Today", "Yesterday", "Monday, 2 March", with the year when it is another. */
export function dayWords(date: string, now = Date.now()): string {
  if (date === localDate(now)) return t("Today");
  const day = startOf(date);
  // Noon, for days of 23 or 25 hours.
  if (date === localDate(startOf(localDate(now)).getTime() + DAY_MS / 2 - DAY_MS)) return t("Yesterday");
  const year = day.getFullYear() === new Date(now).getFullYear() ? {} : ({ year: "numeric" } as const);
  return dateFormat({ weekday: "long", day: "numeric", month: "long", ...year }).format(day);
}

export function timeWords(time: number): string {
  return dateFormat({ hour: "numeric", minute: "2-digit" }).format(time);
}

export function exactWords(time: number): string {
  return dateFormat({ dateStyle: "long", timeStyle: "medium" }).format(time);
}

/** "Today, 10:32". */
export function momentWords(time: number, now = Date.now()): string {
  return t("{{day}}, {{time}}", { day: dayWords(localDate(time), now), time: timeWords(time) });
}

/** "2 Mar", or "24 Feb – 2 Mar". */
export function rangeWords(first: string, last: string): string {
  const format = dateFormat({ day: "numeric", month: "short" });
  return first === last ? format.format(startOf(first)) : format.formatRange(startOf(first), startOf(last));
}
