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

/** Why there is no answer. Of what was to be written: takeback/words.ts. */
export function failureWords(error: unknown, link: Link): string {
  if (error instanceof Problem) {
    switch (error.code) {
      case "forgotten":
        return t("This is longer ago than the project keeps its history.");
      case "too_much":
        return t("That is more than can be told at once. Choose less: one person, fewer days or one object.");
      case "rate":
        return t("Too many requests. Try again in a moment.");
      case "unavailable":
        return t("The store is away. Try again in a moment.");
      case "unauthenticated":
        return t("You are signed out. Reload the page to sign in again.");
      case "log_damaged":
        return t("What is recorded of this is damaged. Whoever runs this server finds more in its log.");
    }
    if (error.detail !== "") return error.detail;
  }
  if (link === "offline") return t("You are offline. The history needs a connection.");
  if (error instanceof Unreachable) return t("The server cannot be reached.");
  return t("The history could not be loaded.");
}

const FINAL = new Set(["forgotten", "too_much", "log_damaged", "forbidden", "not_found", "unauthenticated"]);

/** Whether the same question may have another answer soon. */
export function mayHelpAgain(error: unknown): boolean {
  return !(error instanceof Problem && FINAL.has(error.code));
}
