/** What is true of the connection and of this client's work, and the few words that say it. */

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

const STOPPED: Record<number, string> = {
  4400: "This page is older than the server. Reload it.",
  4401: "You are signed out. Sign in again to go on.",
  4403: "You no longer have access to this canvas.",
  4404: "This canvas does not exist any more.",
  4409: "This canvas was opened again with the same tab identity. Reload to go on here.",
  4413: "A change was too large for the server. Reload to go on; what is not saved yet is lost then.",
};

export function canEdit(role: Role): boolean {
  return role === "owner" || role === "editor";
}

export function inWords(status: Status): StatusWords {
  const { link, unsaved } = status;
  const kept = `${unsaved} ${unsaved === 1 ? "change" : "changes"} kept in this tab`;
  if (link === "stopped") {
    const detail = STOPPED[status.stoppedBy ?? 0] ?? "The server ended the connection.";
    return { text: unsaved > 0 ? `Stopped – ${kept}` : "Stopped", detail, tone: "bad" };
  }
  if (link === "connecting") return { text: "Connecting…", detail: "Opening the canvas.", tone: "busy" };
  if (link === "offline") {
    const detail = "No connection. Your changes are sent when it is back; keep this tab open until then.";
    return { text: unsaved > 0 ? `Offline – ${kept}` : "Offline", detail, tone: "warning" };
  }
  if (link === "reconnecting") {
    const detail = unsaved > 0 ? `Trying to reach the server; ${kept}.` : "Trying to reach the server.";
    return { text: "Reconnecting…", detail, tone: "warning" };
  }
  if (!canEdit(status.role)) return { text: "Read only", detail: `Your role here is ${status.role}.`, tone: "quiet" };
  if (status.saving === "degraded" || status.sending === "pause") {
    const detail = "The store is slow or away. Changes are kept here and saved as soon as it answers.";
    return { text: unsaved > 0 ? `Saving degraded (${unsaved})` : "Saving degraded", detail, tone: "warning" };
  }
  if (unsaved > 0) return { text: `Saving… (${unsaved})`, detail: "Sent, not yet durable.", tone: "busy" };
  const at = status.savedAt === null ? "" : ` Last change ${new Date(status.savedAt).toLocaleTimeString()}.`;
  return { text: "Saved", detail: `Everything you did is durable.${at}`, tone: "good" };
}
