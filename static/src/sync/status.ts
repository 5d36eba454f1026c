/** What is true of the connection and of this client's work, and the few words that say it. */

import { t } from "../i18n";
import type { Role } from "../protocol/messages";

export type Link = "connecting" | "online" | "reconnecting" | "offline" | "stopped";

export interface Status {
  link: Link;
  /** Intents that are not durable, and 1 for work that is not an intent yet. */
  unsaved: number;
  role: Role;
  saving: "ok" | "degraded";
  sending: "normal" | "slow" | "pause";
  /** Why the link is stopped: a close code. */
  stoppedBy: number | null;
  lastSeq: number | null;
  savedAt: number | null;
  /** Seconds by which the history is behind. */
  historyLag: number;
  /** Whether pending work outlives this page on this device. */
  keeps: boolean;
  /** When the next attempt to connect is made, as Date.now(). */
  retryAt: number | null;
}

export type Tone = "good" | "busy" | "warning" | "bad" | "quiet";

export interface StatusWords {
  text: string;
  detail: string;
  tone: Tone;
}

export function canEdit(role: Role): boolean {
  return role === "owner" || role === "editor";
}

/** Why the server ended the connection for good. */
function whyStopped(code: number | null): string {
  switch (code) {
    case 4400:
      return t("This page is older than the server. Reload it.");
    case 4401:
      return t("You are signed out. Sign in again to go on.");
    case 4403:
      return t("You no longer have access to this canvas.");
    case 4404:
      return t("This canvas does not exist any more.");
    case 4413:
      return t("A change was too large for the server. Reload to go on.");
    default:
      return t("The server ended the connection.");
  }
}

function kept({ unsaved: count, keeps }: Status): string {
  return keeps
    ? t("{{count}} changes kept on this device", { count })
    : t("{{count}} changes kept in this tab only", { count });
}

export function inWords(status: Status): StatusWords {
  const { link, unsaved } = status;
  const waits = unsaved > 0 ? kept(status) : null;
  if (link === "stopped") {
    return { text: waits ?? t("Stopped"), detail: whyStopped(status.stoppedBy), tone: "bad" };
  }
  if (link === "connecting" && status.lastSeq === null) {
    return { text: t("Connecting…"), detail: t("Opening the canvas."), tone: "busy" };
  }
  if (link === "offline") {
    const text = waits === null ? t("Offline") : t("Offline – {{what}}", { what: waits });
    return { text, detail: t("No connection. Your changes are sent when it is back."), tone: "warning" };
  }
  if (link !== "online") {
    return { text: t("Reconnecting…"), detail: t("Trying to reach the server."), tone: "warning" };
  }
  if (!canEdit(status.role) && unsaved === 0) {
    return { text: t("Read only"), detail: t("Your role lets you look at this canvas, not change it."), tone: "quiet" };
  }
  if (status.saving === "degraded" || status.sending === "pause") {
    const text = unsaved > 0 ? t("Saving degraded ({{number}})", { number: unsaved }) : t("Saving degraded");
    return {
      text,
      detail: t("The store is slow or away. Changes are kept here and saved as soon as it answers."),
      tone: "warning",
    };
  }
  if (unsaved > 0) {
    return { text: t("Saving… ({{number}})", { number: unsaved }), detail: t("Sent, not yet durable."), tone: "busy" };
  }
  return { text: t("Saved"), detail: t("Everything you did is on disk."), tone: "good" };
}

/** What is behind the words, a line each. */
export function details(status: Status): string[] {
  const lines = [inWords(status).detail];
  const { unsaved: count, lastSeq } = status;
  if (count > 0) lines.push(t("{{count}} changes wait.", { count }));
  if (lastSeq !== null) lines.push(t("Last commit seen: {{commit}}", { commit: lastSeq.toLocaleString() }));
  if (status.savedAt !== null) {
    lines.push(t("Your last change was saved at {{time}}", { time: new Date(status.savedAt).toLocaleTimeString() }));
  }
  lines.push(
    status.keeps
      ? t("What waits is kept on this device, also when this tab is closed.")
      : t("This browser keeps nothing: leave the tab open until all is saved."),
  );
  return lines;
}

/** Something that lasts and that one should know while drawing. */
export interface Standing {
  kind: "offline" | "reconnecting" | "degraded" | "slow" | "history" | "read-only";
  tone: Tone;
  text: string;
  /** Whether trying again now may help. */
  retry: boolean;
}

/** From this many seconds on that the history is behind, it is said. */
export const HISTORY_LAG_TOLD = 60;

export function standing(status: Status): Standing | null {
  const mayEdit = canEdit(status.role);
  if (status.link === "offline") {
    const text = !mayEdit
      ? t("You are offline. This is the canvas as it was last seen here.")
      : status.keeps
        ? t("You are offline. Go on drawing: changes are kept on this device and sent when you are back.")
        : t("You are offline. Go on drawing, but leave this tab open: this browser keeps nothing.");
    return { kind: "offline", tone: "warning", text, retry: true };
  }
  if (status.link === "reconnecting" || (status.link === "connecting" && status.lastSeq !== null)) {
    return { kind: "reconnecting", tone: "warning", text: t("The connection is lost. Trying again."), retry: true };
  }
  if (status.link !== "online") return null;
  if (status.saving === "degraded" || status.sending === "pause") {
    const text = t("The store does not answer. Changes are kept here, and saved as soon as it does.");
    return { kind: "degraded", tone: "warning", text, retry: false };
  }
  if (status.sending === "slow") {
    return { kind: "slow", tone: "busy", text: t("The server is busy: changes are sent more slowly."), retry: false };
  }
  if (!mayEdit) {
    const text = t("You can look at this canvas, not change it.");
    return { kind: "read-only", tone: "quiet", text, retry: false };
  }
  if (status.historyLag >= HISTORY_LAG_TOLD) {
    const count = Math.round(status.historyLag / 60);
    const text = t("The history is {{count}} minutes behind. What you draw is saved all the same.", { count });
    return { kind: "history", tone: "quiet", text, retry: false };
  }
  return null;
}
