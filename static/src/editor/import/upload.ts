/** Sends a drawing's file to the server, which checks it, keeps its images and commits it; tells how far it is. */

import { t } from "../../i18n";
import { postForm, refusalInWords, Unreachable } from "../../rest";

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

/** `sent` is called with the share of the file that is on the server, 0 to 1. Rejects with words for the person. */
export async function upload(
  file: Blob & { name?: string },
  target: Target,
  sent: (share: number) => void,
): Promise<Report> {
  const url =
    "into" in target
      ? `/api/v1/canvases/${target.into}/import/?x=${target.x.toFixed(2)}&y=${target.y.toFixed(2)}`
      : `/api/v1/projects/${target.project}/canvases/import/`;
  const form = new FormData();
  form.append("file", file, file.name ?? "drawing.excalidraw");
  const { status, body } = await postForm(url, form, sent).catch((error: unknown) => {
    throw error instanceof Unreachable ? new Error(t("The server cannot be reached.")) : error;
  });
  if (status === 201) return body as Report;
  throw new Error(refusalInWords(body) || t("The server did not answer ({{status}}).", { status }));
}
