/** What hinders the history, in words. Pure. */

import { t } from "../i18n";
import { Unreachable } from "../rest";
import type { Link, Status } from "../sync/status";
import { Problem } from "./rest";

/** A history that is a moment behind is as it should be. */
const LAG_TOLD = 10;

export function lagWords({ historyLag }: Pick<Status, "historyLag">): string | null {
  if (historyLag < LAG_TOLD) return null;
  const minutes = Math.round(historyLag / 60);
  return minutes < 2
    ? t("The history is {{count}} seconds behind: the newest changes are missing here.", {
        count: Math.round(historyLag),
      })
    : t("The history is {{count}} minutes behind: the newest changes are missing here.", { count: minutes });
}

export function failureWords(error: unknown, link: Link): string {
  if (error instanceof Problem && error.detail !== "") return error.detail;
  if (link === "offline") return t("You are offline. The history needs a connection.");
  if (error instanceof Unreachable) return t("The server cannot be reached.");
  return t("The history could not be loaded.");
}
