/** Pictures over the REST API. */

import type { Fetched } from "./downloads";
import type { Picture } from "./picture";
import type { Sent } from "./uploads";

const ADDRESS = "/api/v1/assets/";
/** May pass: signed out (somebody signs in again), a slow answer, too many at once, the server away. */
const PASSING = new Set([401, 408, 409, 425, 429]);
const SIGNED_OUT_MS = 15_000;

export function send(picture: Picture, canvas: string, progress: (share: number) => void): Promise<Sent> {
  return new Promise((resolve) => {
    // fetch does not tell how much has gone.
    const request = new XMLHttpRequest();
    request.open("POST", ADDRESS);
    request.setRequestHeader("X-CSRFToken", document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "");
    request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0);
    request.onload = () => resolve(answered(request, picture.id));
    request.onerror = request.onabort = request.ontimeout = () => resolve({ type: "later" });
    const body = new FormData();
    body.append("canvas", canvas);
    body.append("file", picture.blob, "picture");
    request.send(body);
  });
}

function answered(request: XMLHttpRequest, id: string): Sent {
  const { status } = request;
  const said = json(request.responseText);
  if (status === 200 || status === 201) {
    if (said["id"] === id) return { type: "done" };
    return { type: "later" }; // not what was sent: cut on the way
  }
  if (status >= 500 || PASSING.has(status)) {
    const seconds = Number(request.getResponseHeader("Retry-After"));
    const afterMs = seconds > 0 ? seconds * 1_000 : status === 401 ? SIGNED_OUT_MS : undefined;
    return afterMs === undefined ? { type: "later" } : { type: "later", afterMs };
  }
  return { type: "refused", code: String(said["code"] ?? status), detail: String(said["detail"] ?? "") };
}

export async function fetchPicture(id: string): Promise<Fetched> {
  try {
    const answer = await fetch(`${ADDRESS}${id}/`);
    if (answer.ok) return { type: "picture", blob: await answer.blob() };
    if (answer.status === 404) return { type: "absent" };
    const seconds = Number(answer.headers.get("Retry-After"));
    return seconds > 0 ? { type: "later", afterMs: seconds * 1_000 } : { type: "later" };
  } catch {
    return { type: "later" };
  }
}

/** Lets one tab at a time do something. */
export async function alone(name: string, work: () => Promise<void>): Promise<boolean> {
  return navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
    if (lock !== null) await work();
    return lock !== null;
  });
}

function json(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
