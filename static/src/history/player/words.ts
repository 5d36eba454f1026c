/** Moments in words. */

import { t } from "../../i18n";
import { dateFormat } from "../formats";

/** Of a commit's time; there is none of the empty canvas. */
export function moment(at: string | undefined): string {
  return at === undefined ? t("The empty canvas") : format({ dateStyle: "medium", timeStyle: "medium" }, at);
}

export function clock(at: string): string {
  return format({ timeStyle: "medium" }, at);
}

export function day(at: string): string {
  return format({ month: "short", day: "numeric" }, at);
}

/** As the person's own clock has it. */
export function dayKey(at: string): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}

function format(options: Intl.DateTimeFormatOptions, at: string): string {
  return dateFormat(options).format(new Date(at));
}
