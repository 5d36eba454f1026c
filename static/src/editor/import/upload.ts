/** Sends a drawing's file to the server, which checks it, keeps its images and commits it; tells how far it is. */

import { t } from "../../i18n";

export interface Remark {
  index: number;
  id: string;
  type: string;
  reason: string;
}

export interface Report {
  canvas: string;
  seq: number;
  imported: number;
  skipped: Remark[];
  repaired: Remark[];
}

export type Target = { into: string; x: number; y: number } | { project: string };

/** `sent` is called with the share of the file that is on the server, 0 to 1. */
export function upload(file: Blob & { name?: string }, target: Target, sent: (share: number) => void): Promise<Report> {
  const url =
    "into" in target
      ? `/api/v1/canvases/${target.into}/import/?x=${target.x.toFixed(2)}&y=${target.y.toFixed(2)}`
      : `/api/v1/projects/${target.project}/canvases/import/`;
  const form = new FormData();
  form.append("file", file, file.name ?? "drawing.excalidraw");
  // fetch does not tell how much of a body has gone.
  const request = new XMLHttpRequest();
  request.open("POST", url);
  request.setRequestHeader("X-CSRFToken", cookie("csrftoken"));
  request.upload.onprogress = (event) => {
    if (event.lengthComputable) sent(event.loaded / event.total);
  };
  return new Promise((resolve, reject) => {
    request.onerror = () => reject(new Error(t("The server cannot be reached.")));
    request.onload = () => {
      const answer = parsed(request.responseText);
      if (request.status === 201) resolve(answer as Report);
      else reject(new Error(problemInWords(answer, request.status)));
    };
    request.send(form);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function problemInWords(problem: unknown, status: number): string {
  const { detail, errors } = (problem ?? {}) as { detail?: string; errors?: Record<string, string[]> };
  const first = Object.values(errors ?? {})[0]?.[0];
  return first ?? detail ?? t("The server did not answer ({{status}}).", { status });
}

function cookie(name: string): string {
  return document.cookie.match(`(?:^|; )${name}=([^;]*)`)?.[1] ?? "";
}
