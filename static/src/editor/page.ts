/** What the server's page tells the editor. */

import type { Role } from "../protocol/messages";

export interface Page {
  canvasId: string;
  canvasName: string;
  projectId: string;
  projectName: string;
  role: Role;
  user: { id: string; name: string; color: string };
  socketUrl: string;
  backUrl: string;
  shareUrl: string;
  /** Of one uploaded picture. */
  maxPictureBytes: number;
}

export function readPage(host: HTMLElement): Page {
  const { canvasId, canvasName, projectId, projectName, role, userId, userName, userColor, wsPath, backUrl, shareUrl } =
    host.dataset;
  if (!canvasId || !wsPath || !userId) throw new Error("The page does not say which canvas to open.");
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  return {
    canvasId,
    canvasName: canvasName ?? "Untitled",
    projectId: projectId ?? "",
    projectName: projectName ?? "",
    role: isRole(role) ? role : "viewer",
    user: { id: userId, name: userName ?? "", color: userColor ?? "#6965db" },
    socketUrl: `${scheme}//${location.host}${wsPath}`,
    backUrl: backUrl ?? "/",
    shareUrl: shareUrl ?? "",
    maxPictureBytes: Number(host.dataset["maxPictureBytes"]) || 20 * 1024 * 1024,
  };
}

function isRole(value: string | undefined): value is Role {
  return value === "owner" || value === "editor" || value === "commenter" || value === "viewer";
}
